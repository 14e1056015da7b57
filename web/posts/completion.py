"""Completion while a user types, and the emoji picker: HTML fragments requested by static/js/writing/completion.js and emojis.js."""

import re

from django.http import HttpResponse

from activities.search.queries import search_hashtags
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.texts.emoji_groups import GROUPS, emojis_named
from users.domains.queries import domain_by_id
from users.emojis.queries import emojis_of
from users.identities.models import Identity
from users.identities.queries.profiles import CustomEmoji, load_profiles
from users.relations.queries.search import search_accounts
from web.pages import render_partial, signed_in
from web.posts.skin_tones import chosen_tone, remember_tone, tone_context, with_tones
from web.templatetags.lengths import MAX_WORDS

MAX_OFFERED = 8
MAX_FOUND = 120
_TYPED = re.compile(r"([@#:])([\w.@+-]{1,100})\Z")


@methods("GET")
@signed_in
async def suggestions(request: Request) -> HttpResponse:
    """Return completions of `q`: accounts for `@…`, hashtags for `#…`, emoji for `:…`. None for anything else."""
    typed = _TYPED.fullmatch(request.GET.get("q", ""))
    sign, words = typed.groups() if typed is not None else ("", "")
    context: dict[str, object] = {}
    if sign == "@":
        context["people"] = await _people(request.identity, words)
    elif sign == "#":
        context["hashtags"] = await search_hashtags(words, request.domain, limit=MAX_OFFERED)
    elif sign == ":":
        context["own"] = own = (await own_emojis(request.identity, words))[:MAX_OFFERED]
        found = emojis_named(words.replace("_", " "))[: MAX_OFFERED - len(own)]
        context["emojis"] = with_tones(found, chosen_tone(request))
    return render_partial(request, "posts/compose/_suggestions.html", context)


async def _people(viewer: Identity, words: str) -> list[tuple[str, object]]:
    """Return accounts, each with the mention to insert in the viewer's text."""
    ids = await search_accounts(words, viewer, MAX_OFFERED)
    profiles = await load_profiles(ids)
    found = [profiles[one] for one in ids if one in profiles]
    return [(f"@{one.username}" if one.host == viewer.host else f"@{one.handle}", one) for one in found]


@methods("GET")
@signed_in
async def emojis(request: Request) -> HttpResponse:
    """Return the emoji that match a word; without one, the domain's and those of a Unicode group. `tone` is remembered."""
    words = request.GET.get("q", "").strip()[:MAX_WORDS]
    slug = request.GET.get("group", "")
    group = next((one for one in GROUPS if one.slug == slug), GROUPS[0])
    is_first = not words and group is GROUPS[0]
    tone = chosen_tone(request)
    context = {
        "group": None if words else group,
        "groups": GROUPS,
        "own": await own_emojis(request.identity, words) if words or is_first else [],
        **tone_context(with_tones(emojis_named(words)[:MAX_FOUND] if words else group.emojis, tone), tone),
    }
    return remember_tone(request, render_partial(request, "posts/compose/_emojis.html", context))


async def own_emojis(viewer: Identity, words: str) -> list[CustomEmoji]:
    """Return the emoji of the viewer's domain with these words in their shortcode, matches at the start first; without words those
    visible in the picker.
    """
    domain = await domain_by_id(viewer.domain_id)
    if domain is None:
        return []
    wanted = words.strip(":").lower().replace(" ", "_")
    found = [
        one
        for one in await emojis_of(domain)
        if (wanted in one.shortcode.lower() if wanted else one.is_visible_in_picker)
    ]
    found.sort(key=lambda one: not one.shortcode.lower().startswith(wanted))
    copies = [one.copy(domain.base_url) for one in found[:MAX_FOUND]]
    return [CustomEmoji(one["shortcode"], one["url"], one["static_url"]) for one in copies]
