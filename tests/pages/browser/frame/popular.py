"""`python -m tests.pages.browser.frame.popular` fills the right column of a running test server: a trending hashtag, and bob to follow."""

import asyncio


async def _fill() -> None:
    from activities.tags.models import Hashtag
    from activities.trends.models import DailyUse, Trend
    from core import clock
    from core.db import own_connection
    from users.identities.models import Identity

    async with own_connection():
        tag = await Hashtag.objects.acreate(
            name="waterbirds", display_name="WaterBirds", created_at=clock.now()
        )
        await Trend.objects.acreate(kind="tag", place=0, target_id=tag.pk, score=1)
        await DailyUse.objects.acreate(kind="tag", target_id=tag.pk, day=clock.now().date(), uses=7, people=3)
        await Identity.objects.filter(username="bob", domain__isnull=False).aupdate(
            is_discoverable=True, followers_count=3
        )


if __name__ == "__main__":
    import django

    django.setup()
    asyncio.run(_fill())
