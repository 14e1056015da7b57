"""`python -m tests.pages.browser.frame.second_domain` gives ana of a running test server an identity on a second domain, which is red; with `many`,
24 identities on a bright and a dark one.
"""

import asyncio
import sys


async def _fill() -> None:
    from core.db import own_connection
    from users.domains.models import Domain
    from users.domains.services import create_domain
    from users.logins.models import User
    from users.logins.services import identities

    async with own_connection():
        ana = await User.objects.aget(email="ana@example.com")
        bright_and_dark = [("bright.test", "#ffe100", 12), ("dark.test", "#101020", 12)]
        for name, color, count in bright_and_dark if "many" in sys.argv else [("red.test", "#c01818", 1)]:
            domain = await create_domain(name=name)
            await Domain.objects.filter(pk=domain.pk).aupdate(accent_color=color)
            for number in range(1, count + 1):
                username = f"ana_{number}" if count > 1 else "ana"
                await identities.create_identity(user=ana, domain=domain, username=username)


if __name__ == "__main__":
    import django

    django.setup()
    asyncio.run(_fill())
