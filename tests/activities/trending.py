"""A trending hashtag, page and post."""

from activities.previews.models import PreviewCard
from activities.reviews.models import Publisher
from activities.tags.models import Hashtag
from activities.tags.services.hashtags import set_hashtags
from activities.trends.handlers import compute_trends
from tests.activities import people as rows
from users.identities.models import Identity


async def make_trending(author: Identity) -> dict[str, int]:
    """Make #Cats, a page of news.test and a post by `author` trend. Return their ids by the API's names, and the site's."""
    await Identity.objects.all().aupdate(is_discoverable=True)
    card = await PreviewCard.objects.acreate(
        url="https://news.test/1", host="news.test", title="News of the day", state="fetched"
    )
    for number in range(3):
        post = await rows.make_post(await rows.make_remote(f"r{number}"), card=card)
        await set_hashtags(post.pk, {"cats": "Cats"})
    liked = await rows.make_post(author, content="<p>Liked by many</p>", likes_count=5)
    await compute_trends()
    return {
        "tags": (await Hashtag.objects.aget(name="cats")).pk,
        "links": card.pk,
        "sites": (await Publisher.objects.aget()).pk,
        "statuses": liked.pk,
    }
