"""`takahe seed`: sample users and posts, for development and benchmarks."""

import argparse

from core.config import config
from core.errors import BadInput
from takahe.cli.exits import Exit
from takahe.seeding.world import World, check_bounds
from users.logins.models import User
from users.logins.services.setup import set_up


async def seed(options: argparse.Namespace) -> int:
    """Create an admin login with users and posts. Refuses on a server with users, unless it is a development server."""
    check_bounds(options.people, options.posts)  # before anything is made
    if await User.objects.aexists():
        if options.if_empty:
            return Exit.OK
        if not config().debug:
            raise BadInput(
                "This server has people of its own. Sample people and posts can't be distinguished from them later, "
                "so only a development server (TAKAHE_DEBUG=true) takes them now."
            )
    print(f"Making {options.people} people and {options.posts} posts …", flush=True)
    done = await set_up(domain=options.domain, email=options.email, handle="ada", password=options.password)
    world = World(done.user, done.domain, seed=options.seed)
    await world.fill(people=options.people, posts=options.posts)
    for name, count in world.made.items():
        print(f"{name:<16}  {count:>6,}")
    print(f"login             {done.user.email}  owner, may act as everybody")
    if done.password:
        print(f"password          {done.password}  (shown only now)")
    print(f"domain            {done.domain.base_url}/")
    return Exit.OK
