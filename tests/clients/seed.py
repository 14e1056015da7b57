"""Fill a running server's database in one process: a domain with open sign-up, rules, terms and news, users with tokens. Prints the tokens as JSON.

Usage: python -m tests.clients.seed DOMAIN NAME… (with the server's environment). The first user is the admin, two sign-ups are pending, and there
are trends.
"""

import asyncio
import json
import sys

PASSWORD = "correct horse battery"
SCOPES = "read write follow push profile"
STAFF_SCOPES = f"{SCOPES} admin:read admin:write"
WAITING = ("dawn", "dusk")
RULE = "Be kind"
TERMS = "<p>Our terms</p>"
NEWS = "<p>A party on Sunday</p>"


def email_of(name: str) -> str:
    return f"{name}@example.com"


async def _fill(host: str, names: list[str]) -> dict[str, str]:
    from activities.announcements.services import announce
    from api.oauth.tokens import create_token
    from core import clock
    from core.db import own_connection
    from users.domains import options
    from users.domains import services as domains
    from users.domains.models import DomainTextKind, Level, SignUpMode
    from users.domains.services import publish_text
    from users.logins.models import SignUp, User
    from users.logins.services import identities, logins
    from users.logins.services.setup import set_up

    tokens = {}
    async with own_connection():
        done = await set_up(domain=host, email=email_of(names[0]), handle=names[0], password=PASSWORD)
        await domains.edit_domain(
            domain=done.domain, sign_up_mode=SignUpMode.open, title="Town", is_public=True
        )
        # a suite of an app signs up more often than apps may where browsers solve puzzles
        await options.set_value(options.SIGN_UP_PUZZLE, False, level=Level.domain, owner=done.domain.pk)
        await domains.add_rule(domain=done.domain, text=RULE)
        await publish_text(domain=done.domain, kind=DomainTextKind.terms_of_service, content=TERMS)
        await announce(content=NEWS)
        for name in names:
            identity = done.identity
            if name != names[0]:
                user = await logins.create_user(email=email_of(name), password=PASSWORD)
                identity = await identities.create_identity(user=user, domain=done.domain, username=name)
            scopes = STAFF_SCOPES if name == names[0] else SCOPES
            tokens[name] = await create_token(identity=identity, scopes=scopes, app_name="Seed")
        for name in WAITING:
            user = await User.objects.acreate(email=email_of(name), confirmed_at=clock.now())
            await SignUp.objects.acreate(user=user, domain=done.domain, username=name)
        await _set_trends()
    return tokens


async def _set_trends() -> None:
    """Make a hashtag and a page trend."""
    from activities.previews.models import PreviewCard
    from activities.tags.models import Hashtag
    from activities.trends.handlers import compute_trends
    from activities.trends.models import DailyUse
    from core import clock

    tag = await Hashtag.objects.acreate(name="trending", display_name="Trending")
    card = await PreviewCard.objects.acreate(
        url="https://news.example/1", host="news.example", title="News", state="fetched"
    )
    for kind, target in (("tag", tag), ("link", card)):
        await DailyUse.objects.acreate(
            kind=kind, target_id=target.pk, day=clock.now().date(), uses=9, people=9
        )
    await compute_trends()


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(asyncio.run(_fill(sys.argv[1], sys.argv[2:]))))
