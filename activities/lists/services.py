"""Creating, editing and deleting lists, and adding and removing members."""

import secrets
from collections.abc import Collection
from contextlib import suppress

from activities.lists.models import ListMember, PeopleList, RepliesPolicy
from activities.lists.queries import list_of, lists_with
from core.db import async_atomic, sql
from core.errors import Invalid, NotFound
from core.ids import new_id
from core.texts import is_blank
from users.identities import events as identity_events
from users.identities.models import Identity
from users.moves import events as moves
from users.relations import events
from users.relations.queries.predicates import follows_or_asks

MAX_LISTS = 50  # per user, as in Mastodon
MAX_TITLE_LENGTH = 255


def _checked(title: str | None, replies_policy: str | None) -> None:
    if title is not None and is_blank(title):
        raise Invalid("title", "blank")
    if title is not None and len(title) > MAX_TITLE_LENGTH:
        raise Invalid("title", "too_long", most=MAX_TITLE_LENGTH)
    if replies_policy is not None and replies_policy not in RepliesPolicy:
        raise Invalid("replies_policy", "unknown", given=replies_policy[:40])


async def create_list(
    *,
    identity: Identity,
    title: str,
    replies_policy: str | None = None,
    is_exclusive: bool = False,
    row_id: int | None = None,
) -> PeopleList:
    """Create an empty list, optionally with the id `row_id`. Raises Invalid for an empty title, an unknown policy, or too many lists."""
    _checked(title, replies_policy)
    async with async_atomic():
        if await PeopleList.objects.filter(identity=identity.pk).acount() >= MAX_LISTS:
            raise Invalid("lists", "too_many", most=MAX_LISTS)
        return await PeopleList.objects.acreate(
            id=row_id or new_id(),
            identity=identity,
            title=title.strip(),
            replies_policy=replies_policy or RepliesPolicy.list,
            is_exclusive=is_exclusive,
        )


async def edit_list(
    *,
    identity: Identity,
    list_id: int,
    title: str | None = None,
    replies_policy: str | None = None,
    is_exclusive: bool | None = None,
) -> PeopleList:
    """Change a list; None leaves a value as it is. Raises NotFound for another user's."""
    _checked(title, replies_policy)
    async with async_atomic():
        people = await list_of(identity, list_id)
        people.title = people.title if title is None else title.strip()
        people.replies_policy = replies_policy or people.replies_policy
        people.is_exclusive = people.is_exclusive if is_exclusive is None else is_exclusive
        await people.asave(update_fields=["title", "replies_policy", "is_exclusive"])
    return people


async def open_feed(*, identity: Identity, list_id: int) -> PeopleList:
    """Create a feed with a secret URL for a list; an earlier URL stops working. Raises NotFound for another user's list."""
    return await _set_nonce(identity, list_id, secrets.token_hex(16))


async def close_feed(*, identity: Identity, list_id: int) -> PeopleList:
    """Revoke the URL of a list's feed. Raises NotFound for another user's list."""
    return await _set_nonce(identity, list_id, "")


async def _set_nonce(identity: Identity, list_id: int, nonce: str) -> PeopleList:
    people = await list_of(identity, list_id)
    people.feed_nonce = nonce
    await people.asave(update_fields=["feed_nonce"])
    return people


async def delete_list(*, identity: Identity, list_id: int) -> None:
    async with async_atomic():
        await list_of(identity, list_id)
        await ListMember.objects.filter(list=list_id).adelete()
        await PeopleList.objects.filter(pk=list_id).adelete()


async def add_to_list(*, identity: Identity, list_id: int, member_ids: Collection[int]) -> None:
    """Add accounts to a list, all or none. Raises NotFound if one is not followed, Invalid if one is already a member."""
    wanted = set(member_ids)
    async with async_atomic():
        await list_of(identity, list_id)
        known = await sql.column(
            f"""SELECT i.id FROM users_identity i WHERE i.id = ANY(%(ids)s::bigint[]) AND i.deleted_at IS NULL
                AND (i.id = %(me)s OR {follows_or_asks("%(me)s", "i.id")})""",
            {"ids": list(wanted), "me": identity.pk},
        )
        if len(known) != len(wanted):
            raise NotFound
        members = list(wanted)
        added = await sql.run(
            """INSERT INTO activities_listmember (id, list_id, identity_id)
               SELECT w.id, %(list)s, w.identity FROM unnest(%(ids)s::bigint[], %(members)s::bigint[]) AS w (id, identity)
               ON CONFLICT DO NOTHING""",
            {"list": list_id, "ids": [new_id() for _ in members], "members": members},
        )
        if added != len(members):
            raise Invalid("account", "already_in_list")


async def remove_from_list(*, identity: Identity, list_id: int, member_ids: Collection[int]) -> None:
    """Remove accounts from a list. Ignores those that are not members."""
    async with async_atomic():
        await list_of(identity, list_id)
        await ListMember.objects.filter(list=list_id, identity__in=list(member_ids)).adelete()


async def set_lists_of(*, identity: Identity, member_id: int, list_ids: Collection[int]) -> None:
    """Put an account into these lists of the user and remove it from the others.

    Raises NotFound for another user's lists, and for accounts that are not followed.
    """
    async with async_atomic():
        before = {one.pk for one in await lists_with(identity, member_id)}
        for list_id in before - set(list_ids):
            await remove_from_list(identity=identity, list_id=list_id, member_ids=[member_id])
        for list_id in set(list_ids) - before:
            await add_to_list(identity=identity, list_id=list_id, member_ids=[member_id])


async def put_back(*, identity: Identity, member_id: int, list_ids: Collection[int]) -> None:
    """Add an account to the lists that contained it before a block that was undone. Deleted lists are ignored."""
    for list_id in list_ids:
        with suppress(NotFound, Invalid):  # deleted in the meantime, or the account is in it again
            await add_to_list(identity=identity, list_id=list_id, member_ids=[member_id])


async def _remove_everywhere(owner_id: int, member_id: int) -> None:
    await sql.run(
        """DELETE FROM activities_listmember m USING activities_peoplelist l
           WHERE m.list_id = l.id AND l.identity_id = %s AND m.identity_id = %s""",
        [owner_id, member_id],
    )


@moves.on_carried
async def keep_in_lists(source: Identity, old: Identity, new: Identity) -> None:
    """Add the new account of a move to the lists that contain the old one, as Mastodon does."""
    await sql.run(
        """INSERT INTO activities_listmember (id, list_id, identity_id)
           SELECT n.id, m.list_id, %(new)s FROM (
               SELECT m.list_id, row_number() OVER (ORDER BY m.list_id) AS place FROM activities_listmember m
               JOIN activities_peoplelist l ON l.id = m.list_id WHERE l.identity_id = %(who)s AND m.identity_id = %(old)s) m
           JOIN unnest(%(ids)s::bigint[]) WITH ORDINALITY AS n (id, place) ON n.place = m.place
           ON CONFLICT DO NOTHING""",
        {"who": source.pk, "old": old.pk, "new": new.pk, "ids": [new_id() for _ in range(MAX_LISTS)]},
    )


@events.on_unfollow
async def remove_from_lists(source: Identity, target: Identity) -> None:
    """Remove an account from all lists of a user who no longer follows it."""
    await _remove_everywhere(source.pk, target.pk)


@events.on_request_ended
async def remove_refused_from_lists(source: Identity, target: Identity) -> None:
    """Remove an account from the lists if it rejected the follow request; an accepted request has become a follow."""
    if not await sql.value(
        f"SELECT {follows_or_asks('%(source)s', '%(target)s')}", {"source": source.pk, "target": target.pk}
    ):
        await _remove_everywhere(source.pk, target.pk)


@identity_events.on_identity_deleted
async def delete_lists_of(identity: Identity) -> None:
    await sql.run(
        """DELETE FROM activities_listmember WHERE identity_id = %(who)s
           OR list_id IN (SELECT id FROM activities_peoplelist WHERE identity_id = %(who)s)""",
        {"who": identity.pk},
    )
    await PeopleList.objects.filter(identity=identity.pk).adelete()
