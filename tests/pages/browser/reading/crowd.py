"""`python -m tests.pages.browser.reading.crowd` adds to a running test server: 90 followers of ana, who like her post and write to her, one of
them 70 times.
"""

import asyncio


async def _fill() -> None:
    from activities.conversations.services import update_conversations
    from activities.posts.models import Like, Visibility
    from core.db import own_connection
    from tests.activities import people as rows
    from users.identities.models import Identity

    async with own_connection():
        ana = await Identity.objects.aget(username="ana", domain__isnull=False)
        liked = await rows.make_post(ana, content="<p>Liked by a crowd.</p>", likes_count=90)
        letters = []
        for number in range(90):
            fan = await rows.make_remote(f"crowd{number:02}", "crowd.test")
            await rows.follow(fan, ana)
            await Like.objects.acreate(identity=fan, post=liked)
            words = f"<p>Letter {number}</p>"
            letters.append(await rows.make_post(fan, Visibility.mentioned, mentions=(ana,), content=words))
        last = letters[-1]
        for number in range(1, 70):
            words = f"<p>Message {number}</p>"
            last = await rows.make_post(
                last.author, Visibility.mentioned, mentions=(ana,), content=words, in_reply_to=last
            )
            letters.append(last)
        await update_conversations([post.pk for post in letters])


if __name__ == "__main__":
    import django

    django.setup()
    asyncio.run(_fill())
