"""`python -m tests.pages.browser.profiles.two_apps` signs ana in with two apps on a running test server."""

import asyncio


async def _fill() -> None:
    from api.oauth.tokens import create_token
    from core.db import own_connection
    from users.identities.models import Identity

    async with own_connection():
        ana = await Identity.objects.aget(username="ana", domain__isnull=False)
        for name in ("One", "Two"):
            await create_token(identity=ana, app_name=name)


if __name__ == "__main__":
    import django

    django.setup()
    asyncio.run(_fill())
