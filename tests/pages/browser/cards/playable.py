"""`python -m tests.pages.browser.cards.playable` adds a post by ana with a playable link to a running test server."""

import asyncio


async def _fill() -> None:
    from activities.posts.models import Post
    from activities.previews.models import PreviewCard
    from activities.trends.models import Trend
    from core.db import own_connection

    async with own_connection():
        card = await PreviewCard.objects.acreate(
            url="https://video.test/watch/1",
            host="video.test",
            title="Herons at dawn",
            description="Ten minutes of them",
            provider_name="Video",
            type="video",
            html='<iframe src="https://video.test/embed/1" width="560" height="315"></iframe>',
            width=560,
            height=315,
            state="fetched",
        )
        post = await Post.objects.filter(author__username="ana", is_local=True, in_reply_to=None).alatest(
            "pk"
        )
        await Post.objects.filter(pk=post.pk).aupdate(card=card)
        await Trend.objects.acreate(kind="link", place=0, target_id=card.pk, score=1)


if __name__ == "__main__":
    import django

    django.setup()
    asyncio.run(_fill())
