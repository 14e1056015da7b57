"""The deferred part of the right column: announcements, trends, and suggested accounts.

Scripts load it once the column is visible, so that no page waits for it. Without scripts the column links to the pages with the same
contents.
"""

from django.http import HttpResponse

from activities.announcements.queries import announcements
from activities.trends import queries as trends
from activities.trends.models import TrendKind
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.pages.addresses import path_to
from users.domains.queries import current_kinds
from users.identities.queries.profiles import load_profiles
from users.relations.queries.relationships import relations_to
from users.relations.queries.social import suggestions
from web.pages import next_path, render_partial, signed_in
from web.site.about import links_to_texts

_HASHTAGS, _LINKS, _PEOPLE = 5, 3, 3


@methods("GET")
@signed_in
async def aside(request: Request) -> HttpResponse:
    """Return the right column for the page in `next`. Home shows announcements itself, and Explore what is popular and suggested."""
    me = request.identity
    here = next_path(request).partition("?")[0]
    is_at_home, is_exploring = here == path_to("home"), here.startswith(path_to("explore"))
    unread = [] if is_at_home else [one for one in await announcements(me) if not one.is_read]
    tags = [] if is_exploring else await trends.trending_hashtags(trends.Trending(request.domain, _HASHTAGS))
    uses = await trends.uses_of(TrendKind.tag, [tag.id for tag in tags]) if tags else {}
    ids = [] if is_exploring else [who for who, _ in await suggestions(me, limit=_PEOPLE)]
    people = await load_profiles(ids)
    links = [] if is_exploring else await trends.trending_links(trends.Trending(request.domain, _LINKS))
    context = {
        "announcements": unread,
        "trends": [
            (tag, sum(count for (one, _), (count, __) in uses.items() if one == tag.id)) for tag in tags
        ],
        "links": links,
        "people": [people[one] for one in ids if one in people],
        "are_suggested": True,
        "relations": await relations_to(me, ids),
        "texts": links_to_texts(await current_kinds(request.domain)),
        "is_loaded": True,
    }
    response = render_partial(request, "site/_around.html", context)
    response.headers["Cache-Control"] = "private, no-cache"
    return response
