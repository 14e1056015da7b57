"""Finding identities, and what stands between them. Lists of follows, blocks and mutes are given to their owner or through `hides_follows`
by the callers; hidden and absent look the same to everybody else."""

from django.db.models.functions import Lower

from users.domains.models import Domain
from users.identities.queries.identities import by_name
from users.models import SignUp, User


async def is_taken(domain: Domain, username: str, *, but_for: str = "") -> bool:
    """Whether a name on a domain of ours has been given out, or is kept for somebody who waits to be let in.

    `but_for`: an e-mail address whose unconfirmed sign-ups do not count, because only one of them will be let in.
    Served by users_identity_handle and users_signup_name.
    """
    if await by_name(username, domain.name) is not None:
        return True
    kept = SignUp.objects.alias(name=Lower("username")).filter(name=username.lower(), domain=domain.pk)
    if but_for:
        mine = User.objects.alias(e=Lower("email")).filter(e=but_for.strip().lower(), confirmed_at=None)
        kept = kept.exclude(user__in=mine.values("pk"))
    return bool(await kept.aexists())
