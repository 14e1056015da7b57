"""Export: follows, blocks, mutes, lists and bookmarks, as the CSV files that Mastodon exports and imports."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext_lazy

from activities.lists import queries as lists
from activities.timelines.queries import timelines
from activities.timelines.queries.candidates import IncompletePage
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.connections import release_connection
from core.db.paging import Page
from core.errors import NotFound
from users.identities.models import Identity
from users.identities.queries.profiles import Profile, load_profiles
from users.relations.queries import relationships as relations
from users.relations.queries.relationships import Relationship
from users.relations.queries.social import blocked_hosts_of
from web.pages import page, signed_in
from web.paging import next_max_id

type Row = Sequence[str]
type Rows = AsyncIterator[list[Row]]

BATCH_SIZE = 200  # rows read and sent at once
FOLLOW_COLUMNS = ("Account address", "Show boosts", "Notify on new posts", "Languages")  # Mastodon's


async def _related(
    read: Callable[..., object], identity: Identity, columns: Callable[[Profile, Relationship], Row]
) -> Rows:
    """Yield the rows of follows, blocks or mutes, in batches."""
    max_id: int | None = None
    while True:
        found: list[tuple[int, int]] = await read(identity.pk, limit=BATCH_SIZE, max_id=max_id)  # type: ignore[misc]
        ids = [who for _, who in found]
        people = await load_profiles(ids)
        ties = await relations.relationships(identity, ids)
        yield [columns(people[one.id], one) for one in ties if one.id in people]
        if len(found) < BATCH_SIZE:
            return
        max_id = found[-1][0]


def true_or_false(is_true: bool) -> str:
    return "true" if is_true else "false"


async def follows(identity: Identity) -> Rows:
    yield [FOLLOW_COLUMNS]

    def columns(person: Profile, tie: Relationship) -> Row:
        languages = ", ".join(tie.languages or ())
        return person.handle, true_or_false(tie.showing_reblogs), true_or_false(tie.notifying), languages

    async for rows in _related(relations.all_follows_of, identity, columns):
        yield rows


async def blocks(identity: Identity) -> Rows:
    async for rows in _related(relations.blocks_of, identity, lambda person, _tie: (person.handle,)):
        yield rows


async def mutes(identity: Identity) -> Rows:
    yield [("Account address", "Hide notifications")]

    def columns(person: Profile, tie: Relationship) -> Row:
        return person.handle, true_or_false(tie.muting_notifications)

    async for rows in _related(relations.mutes_of, identity, columns):
        yield rows


async def blocked_servers(identity: Identity) -> Rows:
    max_id: int | None = None
    while True:
        found = await blocked_hosts_of(identity, Page(BATCH_SIZE, max_id))
        yield [(host,) for _, host in found]
        if len(found) < BATCH_SIZE:
            return
        max_id = found[-1][0]


async def members(identity: Identity) -> Rows:
    for one in await lists.lists_of(identity):
        max_id: int | None = None
        while True:
            found = await lists.members_of(one.pk, Page(BATCH_SIZE, max_id))
            people = await load_profiles([who for _, who in found])
            yield [(one.title, people[who].handle) for _, who in found if who in people]
            if len(found) < BATCH_SIZE:
                break
            max_id = found[-1][0]


async def bookmarks(identity: Identity) -> Rows:
    """Yield the URIs of bookmarked posts that the user may still see."""
    max_id: int | None = None
    while True:
        posts = await timelines.bookmarks(identity, Page(BATCH_SIZE, max_id))
        yield [(post.shown.uri,) for post in posts]
        max_id = posts.end if isinstance(posts, IncompletePage) else next_max_id(posts, BATCH_SIZE)
        if max_id is None:
            return


# Mastodon's file name: (label, contents)
FILES: dict[str, tuple[str, Callable[[Identity], Rows]]] = {
    "following_accounts": (gettext_lazy("People you follow"), follows),
    "lists": (gettext_lazy("Lists"), members),
    "blocked_accounts": (gettext_lazy("Blocks"), blocks),
    "muted_accounts": (gettext_lazy("Mutes"), mutes),
    "blocked_domains": (gettext_lazy("Blocked servers"), blocked_servers),
    "bookmarks": (gettext_lazy("Bookmarks"), bookmarks),
}


async def _lines(rows: Rows) -> AsyncIterator[bytes]:
    """Yield batches as CSV. No connection is held while one is sent."""
    async for batch in rows:
        await release_connection()
        if batch:
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(batch)
            yield text.getvalue().encode()


@methods("GET")
@signed_in
async def exports(request: Request) -> HttpResponse:
    files = [(name, words) for name, (words, _rows) in FILES.items()]
    return page(request, "welcome/export.html", {"files": files, "section": "export"})


@methods("GET")
@signed_in
async def export(request: Request, kind: str) -> StreamingHttpResponse:
    """Send one of the files."""
    if kind not in FILES:
        raise NotFound
    return csv_response(FILES[kind][1](request.identity), kind)


def csv_response(rows: Rows, name: str) -> StreamingHttpResponse:
    """Return a download of rows for one reader. `name` contains no quotes."""
    response = StreamingHttpResponse(_lines(rows), content_type="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
