"""Finding the domains and logins named by options. Django is loaded before a command calls this."""

from core.errors import BadInput, NotFound
from users.domains.models import Domain
from users.domains.queries import domain_by_name
from users.logins.models import User
from users.logins.queries import user_by_email


async def domain_named(name: str) -> Domain:
    """Return a domain of this server."""
    domain = await domain_by_name(name)
    if domain is None:
        raise BadInput(f"There is no domain {name}.")
    return domain


async def login_named(email: str) -> User:
    """Return the login with this e-mail address."""
    user = await user_by_email(email)
    if user is None:
        raise NotFound(f"There is no login with the e-mail address {email}.")
    return user
