"""`takahe setup`: the first domain, admin login and identity, as the first-run page makes them."""

import argparse

from takahe.cli.exits import Exit
from users.logins.services.setup import set_up


async def setup(options: argparse.Namespace) -> int:
    """Create the domain, the admin's login and the identity. Existing ones don't change."""
    done = await set_up(
        domain=options.domain, email=options.email, handle=options.handle, password=options.password
    )
    print(f"domain    {done.domain.name}  {done.domain.base_url}/")
    print(f"login     {done.user.email}  owner")
    print(f"identity  {done.identity.handle}")
    if done.password:
        print(f"password  {done.password}  (shown only now)")
    return Exit.OK
