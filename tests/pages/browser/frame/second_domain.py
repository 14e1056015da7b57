"""`python -m tests.pages.browser.frame.second_domain` gives ana of a running test server an identity on a second domain, which is red."""

import asyncio


async def _fill() -> None:
    from core.db import own_connection
    from users.domains.models import Domain
    from users.domains.services import create_domain
    from users.logins.models import User
    from users.logins.services import identities

    async with own_connection():
        ana = await User.objects.aget(email="ana@example.com")
        domain = await create_domain(name="red.test")
        await Domain.objects.filter(pk=domain.pk).aupdate(accent_color="#c01818")
        await identities.create_identity(user=ana, domain=domain, username="ana")


if __name__ == "__main__":
    import django

    django.setup()
    asyncio.run(_fill())
