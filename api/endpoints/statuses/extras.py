"""A status' card, its translation, and its embedding elsewhere (docs.joinmastodon.org/methods/statuses, …/oembed)."""

from html import escape
from typing import Annotated

import msgspec

from activities.posts.models import Visibility
from activities.posts.queries.posts import get_post
from activities.publishing.services.fetching import post_at
from api.entities.oembed import OEmbed
from api.entities.preview_card import PreviewCard, preview_card
from api.entities.status import Status
from api.parameters import Id, Length, Limit
from api.routing import Call, endpoint
from core.errors import NotAllowed, NotFound


@endpoint("GET", "/api/v1/statuses/<id>/card", scope="read:statuses", auth="either")
async def card(call: Call, id: Id) -> PreviewCard:
    """Return the card of the first link; 404 when there is none (yet). Clients of today read it in the status."""
    post = (await get_post(id, call.viewer)).shown
    if post.card is None:
        raise NotFound
    return preview_card(post.card, call.domain)


class Translate(msgspec.Struct):
    lang: Annotated[str, Length(35)] | None = None


@endpoint("POST", "/api/v1/statuses/<id>/translate", scope="read:statuses", auth="app")
async def translate(call: Call, id: Id, wanted: Translate) -> Status:
    """Answer 404, as Mastodon does without a translation service (`configuration.translation.enabled` is false)."""
    post = (await get_post(id, call.viewer)).shown
    if post.visibility > Visibility.unlisted:
        raise NotAllowed("This action is not allowed")
    raise NotFound


class Embed(msgspec.Struct):
    url: Annotated[str, Length(2048)]
    maxwidth: Annotated[int, Limit(400, 4000)] = 400
    maxheight: Annotated[int, Limit(0, 4000)] = 0


@endpoint("GET", "/api/oembed", auth="none")
async def oembed(call: Call, embed: Embed) -> OEmbed:
    """Return one of our public posts for embedding: its text as a quotation, with a link. No script, no frame."""
    found = await post_at(embed.url)
    if found is None or not found.is_local or found.boost_of_id is not None:
        raise NotFound
    post = await get_post(found.pk, None)
    if not post.url.startswith(f"{call.domain.base_url}/"):
        raise NotFound
    author = escape(post.author.name or post.author.username)
    handle = f"@{post.author.username}@{post.author.host}"
    content = "" if post.content_warning else post.content
    html = (
        f'<blockquote class="mastodon-embed" cite="{escape(post.url)}">{content}{escape(post.content_warning)}'
        f'<p>— {author} (<a href="{escape(post.url)}">{escape(handle)}</a>)</p></blockquote>'
    )
    return OEmbed(
        title=f"{post.author.name or post.author.username}",
        author_name=post.author.name or post.author.username,
        author_url=post.author.profile_url or post.author.uri,
        provider_name=call.domain.name,
        provider_url=f"{call.domain.base_url}/",
        html=html,
        width=embed.maxwidth,
        height=embed.maxheight or None,
    )
