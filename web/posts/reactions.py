"""Pages to react to a post or an announcement with any emoji: those of the domain and of Unicode, by group or by a word of their names."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from activities.posts.queries.posts import get_post
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.pages.addresses import path_to
from core.texts.emoji_groups import GROUPS, emojis_named
from web.pages import page, signed_in
from web.paths import post_path
from web.posts.completion import MAX_FOUND, own_emojis
from web.posts.skin_tones import chosen_tone, remember_tone, tone_context, with_tones
from web.templatetags.lengths import MAX_WORDS


@methods("GET")
@signed_in
async def pick(request: Request, post_id: int) -> HttpResponse:
    """Show emoji to react with, one button each: those matching a word, or those of the domain and of a Unicode group."""
    shown = (await get_post(post_id, request.identity)).shown
    back = post_path(request.domain, shown.author, shown.id)
    return await emoji_page(request, path_to("posts-react", post_id=shown.id), back, _("Back to the post"))


async def emoji_page(request: Request, action: str, back: str, back_words: str) -> HttpResponse:
    """Render the emoji; pressing one sends it to `action`."""
    words = request.GET.get("q", "").strip()[:MAX_WORDS]
    asked = request.GET.get("group", "")
    group = next((one for one in GROUPS if one.slug == asked), GROUPS[0])
    tone = chosen_tone(request)
    context = {
        "action": action,
        "back": back,
        "back_words": back_words,
        "words": words,
        "group": None if words else group,
        "groups": GROUPS,
        "own": await own_emojis(request.identity, words),
        **tone_context(with_tones(emojis_named(words)[:MAX_FOUND] if words else group.emojis, tone), tone),
    }
    return remember_tone(request, page(request, "posts/actions/reactions.html", context))
