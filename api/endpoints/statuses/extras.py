"""A status' card, translation, and oEmbed document (docs.joinmastodon.org/methods/statuses, …/oembed)."""

from html import escape
from typing import Annotated

import msgspec

from activities.posts.models import Visibility
from activities.posts.queries.frame_height import frame_height
from activities.posts.queries.posts import get_post
from activities.publishing.services.fetching import post_at
from activities.translations import services as translations
from api.entities.oembed import OEmbed
from api.entities.preview_card import PreviewCard, preview_card
from api.entities.translation import Translation, translation
from api.parameters import Id, Length, Limit
from api.routing import Call, endpoint
from core.errors import BadInput, NotAllowed, NotFound
from core.pages.addresses import path_to


@endpoint("GET", "/api/v1/statuses/<id>/card", scope="read:statuses", auth="either")
async def card(call: Call, id: Id) -> PreviewCard:
    """Return the card of the first link; 404 if there is none (yet). Current clients read it in the status."""
    post = (await get_post(id, call.viewer)).shown
    if post.card is None:
        raise NotFound
    return preview_card(post.card, call.viewpoint)


class Translate(msgspec.Struct):
    lang: Annotated[str, Length(35)] | None = None


@endpoint("POST", "/api/v1/statuses/<id>/translate", scope="read:statuses", auth="app")
async def translate(call: Call, id: Id, wanted: Translate) -> Translation:
    """Return a translated post, by default in the viewer's language; 404 without a service, or if there is nothing to translate."""
    post = (await get_post(id, call.viewer)).shown
    if post.visibility > Visibility.unlisted:
        raise NotAllowed(code="not_allowed")
    if not translations.is_enabled():
        raise NotFound
    if call.viewer is None:
        raise BadInput(code="user_needed")
    target = wanted.lang or call.viewer.default_language or "en"
    return translation(post, await translations.translate_post(reader=call.viewer, post=post, target=target))


class Embed(msgspec.Struct):
    url: Annotated[str, Length(2048)]
    maxwidth: Annotated[int, Limit(400, 4000)] = 400
    maxheight: Annotated[int, Limit(0, 4000)] = 0


@endpoint("GET", "/api/oembed", auth="none")
async def oembed(call: Call, embed: Embed) -> OEmbed:
    """Return a local public post for embedding: a frame with the post's own page, which has no scripts or cookies."""
    found = await post_at(embed.url)
    if found is None or not found.is_local or found.boost_of_id is not None:
        raise NotFound
    post = await get_post(found.pk, None)
    if not (post.url or post.uri).startswith(f"{call.domain.base_url}/"):
        raise NotFound
    fitting = frame_height(post, embed.maxwidth)
    height = min(embed.maxheight or fitting, fitting)
    frame = call.domain.base_url + path_to("embed", handle=post.author.username, post_id=post.id)
    html = (
        f'<iframe src="{escape(frame)}" title="Post by @{escape(post.author.handle)}" width="{embed.maxwidth}" height="{height}"'
        ' loading="lazy" sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"></iframe>'
    )
    return OEmbed(
        title=f"{post.author.name or post.author.username}",
        author_name=post.author.name or post.author.username,
        author_url=post.author.profile_url or post.author.uri,
        provider_name=call.domain.name,
        provider_url=f"{call.domain.base_url}/",
        html=html,
        width=embed.maxwidth,
        height=height,
    )
