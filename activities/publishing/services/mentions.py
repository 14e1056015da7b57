"""The mentions of a post."""

import asyncio
from collections.abc import Collection, Iterable
from contextlib import suppress

from activities.posts.activitypub.post_document import PostDocument
from activities.posts.models import Mention, Post, Visibility
from activities.posts.queries.groups import groups_of
from activities.posts.queries.views import PostView
from core.db import sql
from core.errors import BadInput, Invalid, Problem
from core.hosts.names import BadHost, normal_authority
from core.logs import get_logger
from core.texts import Handle, handles
from users.circles import queries as circles
from users.domains.queries import is_local_host, is_local_only
from users.identities.models import Identity
from users.identities.queries.mentioned import Mentioned, find_mentioned
from users.identities.services.remote_actors import look_up
from users.relations.queries.predicates import follows

log = get_logger(__name__)


NAMED_ONLY = (Visibility.mentioned, Visibility.limited)
_LOOK_UP_S = 4.0  # how long an author waits for other servers, for all of them together
_LOOK_UPS = 10


class UnexpectedMentions(BadInput):
    """The text mentions accounts that its author did not intend to mention: `identity_ids`."""

    def __init__(self, identity_ids: Collection[int]) -> None:
        super().__init__(code="unexpected_mentions")
        self.identity_ids = sorted(identity_ids)


async def resolve_mentions(text: str, author: Identity) -> None:
    """Fetch unknown actors mentioned in the text, if their servers answer in time. Not inside a transaction."""
    if await is_local_only(author.domain_id):
        return
    wanted = handles(text, author.host)
    known = await find_mentioned(wanted)
    unknown = [handle for handle in wanted if handle not in known and handle.host != author.host.lower()]
    try:
        async with asyncio.timeout(_LOOK_UP_S):
            for handle in unknown[:_LOOK_UPS]:
                if not await is_local_host(handle.host):
                    await _try_to_look_up(handle)
    except TimeoutError:
        log.info("mention.not_resolved", reason="out of time", identity=author.pk)


async def named_in(text: str, author: Identity) -> dict[Handle, Mentioned]:
    """Return the known identities that a text mentions; on a domain that doesn't federate only local ones, because nobody else is told."""
    people = await find_mentioned(handles(text, author.host))
    if await is_local_only(author.domain_id):
        return {handle: one for handle, one in people.items() if one.domain_id is not None}
    return people


async def mentions_others(text: str, author: Identity) -> bool:
    """Return whether a text mentions anybody but its author. Looks up unknown actors, so not inside a transaction."""
    await resolve_mentions(text, author)
    named = await named_in(text, author)
    return any(person.id != author.pk for person in named.values())


def check_named(author: Identity, people: Iterable[Mentioned], allowed: Collection[int] | None) -> None:
    """Raise UnexpectedMentions if anybody is mentioned except the author and those `allowed`. None allows all."""
    if allowed is not None and (unexpected := {one.id for one in people} - {author.pk, *allowed}):
        raise UnexpectedMentions(unexpected)


async def check_mentions(author: Identity, text: str, allowed: Collection[int] | None) -> None:
    """Raise UnexpectedMentions as `check_named`, for the known actors mentioned in a text."""
    if allowed is not None:
        check_named(author, (await named_in(text, author)).values(), allowed)


async def _try_to_look_up(handle: Handle) -> None:
    try:
        await look_up(f"{handle.username}@{handle.host}")
    except Problem as problem:
        # the mention stays plain text, as for any unknown name
        log.info("mention.not_resolved", host=handle.host, reason=problem.detail or problem.sentence)


async def set_mentions(post_id: int, named: Collection[int], silent: Collection[int] = ()) -> list[int]:
    """Set the post's mentions to exactly `named` and return those that are new.

    Those mentioned before, or in `silent`, become silent mentions.
    """
    await sql.run(
        """UPDATE activities_mention SET is_silent = true
           WHERE post_id = %(post)s AND identity_id <> ALL(%(named)s::bigint[]) AND NOT is_silent""",
        {"post": post_id, "named": list(named)},
    )
    return await add_mentions(post_id, named, silent)


async def add_mentions(post_id: int, named: Collection[int], silent: Collection[int] = ()) -> list[int]:
    """Add mentions to the post and return those that are new."""
    people = {**dict.fromkeys(silent, True), **dict.fromkeys(named, False)}
    if not people:
        return []
    changed = await sql.rows(
        """INSERT INTO activities_mention (post_id, identity_id, is_silent)
           SELECT %(post)s, * FROM unnest(%(people)s::bigint[], %(silent)s::boolean[])
           ON CONFLICT (post_id, identity_id) DO UPDATE SET is_silent = false
           WHERE activities_mention.is_silent AND NOT excluded.is_silent
           RETURNING identity_id, is_silent""",
        {"post": post_id, "people": list(people), "silent": list(people.values())},
    )
    return [identity_id for identity_id, is_silent in changed if not is_silent]


def answered_in_private(author: Identity, parent: Post | PostView | None) -> set[int]:
    """Return the author of the limited parent of a reply. The reply is direct, and always mentions them."""
    if parent is None or parent.visibility != Visibility.limited:
        return set()
    return {parent.author_id} - {author.pk}


async def silently_addressed(
    author: Identity, circle_id: int | None, parent: Post | None, visibility: Visibility
) -> tuple[int | None, set[int]]:
    """Return the id of a new post's circle, and the identities that the post addresses without mentioning them.

    A public reply addresses the groups of its parent, so that they announce it (FEP-1b12). A limited post addresses the current members of
    its circle. Without a circle it must reply to the author's own limited post, and addresses the same people, except those removed from
    its circle since. Raises Invalid if there is no circle and no such parent, or nobody to address; NotFound for another user's circle.
    """
    if visibility != Visibility.limited:
        if parent is None or visibility > Visibility.unlisted:
            return None, set()
        return None, {group_id for group_id, _ in await groups_of(parent.pk)}
    if circle_id is not None:
        people = await circles.audience_of(author, circle_id)
    elif parent is not None and parent.visibility == Visibility.limited and parent.author_id == author.pk:
        circle_id = parent.circle_id
        had = Mention.objects.filter(post_id=parent.pk, is_silent=True).values_list("identity_id", flat=True)
        people = await circles.eligible_among(author, [one async for one in had])
        if circle_id is not None and await circles.exists(circle_id):
            people &= await circles.members_among(circle_id, people)
    else:
        raise Invalid("circle", "blank")
    if not people:
        raise Invalid("circle", "empty")
    return circle_id, people


def reached_by(
    visibility: Visibility, addressed: tuple[set[int], set[int]], silent_for: Collection[int]
) -> set[int]:
    """Return whom a received post reaches by name: those mentioned, and everyone addressed by one that only they may read."""
    named, silent = addressed
    return {*named, *silent, *silent_for} if visibility in NAMED_ONLY else named


async def reached_here(post: Post) -> list[int]:
    """Return the same local identities for a stored post. Served by activities_mention's unique pair."""
    return await sql.column(
        """SELECT m.identity_id FROM activities_mention m JOIN users_identity i ON i.id = m.identity_id
           WHERE m.post_id = %(post)s AND i.domain_id IS NOT NULL AND (%(named_only)s OR NOT m.is_silent)""",
        {"post": post.pk, "named_only": post.visibility in NAMED_ONLY},
    )


async def received_visibility(
    author: Identity, document: PostDocument, silent_for: Iterable[int]
) -> Visibility:
    """Return the visibility of a remote post: limited if it addresses a local follower without a mention, as posts to circles do.

    Mastodon does this for every known addressee. Here a message to somebody who does not follow its author stays direct: it is in no home
    timeline, so it must be in their conversations.
    """
    if document.visibility != Visibility.mentioned:
        return document.visibility
    _, silent = await addressees_of(author, document)
    found = await sql.value(
        f"""SELECT 1 FROM users_identity i WHERE i.id = ANY(%(ids)s::bigint[]) AND i.domain_id IS NOT NULL
            AND {follows("i.id", "%(author)s")} LIMIT 1""",
        {"ids": [*silent, *silent_for], "author": author.pk},
    )
    return Visibility.limited if found else Visibility.mentioned


async def addressees_of(author: Identity, document: PostDocument) -> tuple[set[int], set[int]]:
    """Return the known identities that are mentioned (a Mention tag, and in the audience), and those addressed without it."""
    addressed = set(document.addressed)
    hrefs = {mention.href for mention in document.mentions}
    found = await sql.rows(
        """SELECT id, uri, profile_url FROM users_identity
           WHERE uri = ANY(%(uris)s::text[])
              OR (profile_url = ANY(%(hrefs)s::text[]) AND domain_id IS NOT NULL)""",
        {"uris": list(addressed | hrefs), "hrefs": list(hrefs)},
    )
    mentioned = {id_: uri for id_, uri, page in found if uri in hrefs or page in hrefs}
    places = {place for _, uri, page in found for place in (uri, page)}
    by_name = []
    for mention in document.mentions:
        username, _, host = mention.name.strip().lstrip("@").partition("@")
        if mention.href in places or not username:
            continue
        with suppress(BadHost):  # the link is invalid, so the name counts, as in GoToSocial
            by_name.append(Handle(username.lower(), normal_authority(host or author.host)))
    mentioned |= {person.id: person.uri for person in (await find_mentioned(by_name)).values()}
    # authors don't address themselves, but may mention themselves
    named = {id_ for id_, uri in mentioned.items() if uri in addressed or id_ == author.pk}
    silent = {id_ for id_, uri, _ in found if uri in addressed}
    if document.visibility <= Visibility.unlisted:
        silent |= mentioned.keys()
    return named, silent - named - {author.pk}
