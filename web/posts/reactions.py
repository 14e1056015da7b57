"""A page to react to a post with any emoji: those of the domain and of Unicode, by group or by a word of their names."""

from django.http import HttpResponse

from activities.posts.queries.posts import get_post
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.texts.emoji_groups import GROUPS, emojis_named
from users.domains.models import Domain
from users.domains.queries import domain_by_id
from users.emojis.queries import emojis_of
from users.identities.queries.profiles import CustomEmoji
from web.pages import page, signed_in

_MAX_FOUND = 120
_MAX_WORDS = 50


@methods("GET")
@signed_in
async def pick(request: Request, post_id: int) -> HttpResponse:
    """Show emoji to react with, a button each: what a word finds, or those of the domain and of a group of Unicode's."""
    shown = (await get_post(post_id, request.identity)).shown
    words = request.GET.get("q", "").strip()[:_MAX_WORDS]
    asked = request.GET.get("group", "")
    group = next((one for one in GROUPS if one.slug == asked), GROUPS[0])
    domain = await domain_by_id(request.identity.domain_id)
    context = {
        "shown": shown,
        "words": words,
        "group": None if words else group,
        "groups": GROUPS,
        "own": await _own(domain, words) if domain else [],
        "emojis": emojis_named(words)[:_MAX_FOUND] if words else group.emojis,
    }
    return page(request, "posts/actions/reactions.html", context)


async def _own(domain: Domain, words: str) -> list[CustomEmoji]:
    """Return the domain's emoji that have the words in their shortcode; without words those that are to be offered."""
    wanted = words.strip(":").lower().replace(" ", "_")
    found = [
        one
        for one in await emojis_of(domain)
        if (wanted in one.shortcode.lower() if wanted else one.is_visible_in_picker)
    ]
    copies = [one.copy(domain.base_url) for one in found[:_MAX_FOUND]]
    return [CustomEmoji(one["shortcode"], one["url"], one["static_url"]) for one in copies]
