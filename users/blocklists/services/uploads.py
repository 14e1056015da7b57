"""Uploaded blocklists: kept to be looked at, applied by the worker in batches, and undone."""

import msgspec

import stator
from core.db import async_atomic, sql
from core.errors import Invalid, NotFound
from core.ids import new_id
from core.ratelimit import take_exact
from users.audit.models import Act
from users.audit.services import Target, acting, audited, record
from users.blocklists.models import Blocklist, BlocklistGraph, BlocklistRow
from users.blocklists.queries import lost_follows, rulings_of
from users.blocklists.reading import Effect, Listed, Ruling
from users.blocklists.services import BATCH_SIZE, apply_servers, effects, read_servers, restore
from users.logins.models import User
from users.logins.services.staff import require
from users.roles.models import Permission

LISTS_A_DAY = 50
_ROWS = sql.table(BlocklistRow)
_PIECE = 1000  # rows, about ten milliseconds
_EFFECTIVE = [Effect.new, Effect.changed]


@audited(Act.import_blocklist)
async def store_list(*, moderator: User, name: str, content: bytes, allows: bool = False) -> Blocklist:
    """Store a list for review, replacing an earlier upload of the same login that was not applied. Raises Invalid."""
    require(moderator, Permission.manage_federation)
    if not (await take_exact(f"blocklists:{moderator.pk}", LISTS_A_DAY, 24 * 3600)).allowed:
        raise Invalid("file", "blocklists_too_many", most=LISTS_A_DAY)
    servers, skipped = await read_servers(content, allows=allows)
    rows = []
    for start in range(0, len(servers), _PIECE):
        found = await effects(servers[start : start + _PIECE], overrides=False)
        rows += [_row(one, effect, after) for one, effect, after in found]
    rows += [(one.line, one.given, "", "", "skipped", str(one.reason), False, "") for one in skipped]
    async with async_atomic():
        await Blocklist.objects.filter(user_id=moderator.pk, state=BlocklistGraph.shown.name).adelete()
        stored = await Blocklist.objects.acreate(user_id=moderator.pk, name=name[:200])
        for start in range(0, len(rows), _PIECE):
            piece = rows[start : start + _PIECE]
            await sql.run(
                f"""INSERT INTO {_ROWS} (id, blocklist_id, place, host, ruling, comment, effect, reason, is_block, after)
                    SELECT new.id, %s, new.place, new.host, new.ruling, new.comment, new.effect, new.reason, new.is_block, new.after
                    FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::boolean[],
                                %s::text[]) AS new (id, place, host, ruling, comment, effect, reason, is_block, after)""",
                [
                    stored.pk,
                    [new_id() for _ in piece],
                    *(list(column) for column in zip(*piece, strict=True)),
                ],
            )
        stored.lost_follows = await lost_follows(
            f"""SELECT 1 FROM {_ROWS} r WHERE r.blocklist_id = %(id)s AND r.is_block
                AND r.host = ANY(federation_host_suffixes(p.host))""",
            {"id": stored.pk},
        )
        await stored.asave(update_fields=["lost_follows"])
    return stored


def _row(one: Listed, effect: Effect, after: Ruling) -> tuple[int, str, str, str, str, str, bool, str]:
    ruling, becomes = msgspec.json.encode(one.ruling).decode(), msgspec.json.encode(after).decode()
    is_block = effect in _EFFECTIVE and after.policy == "blocked"
    return one.line, one.host, ruling, one.comment, str(effect), "", is_block, becomes


@audited(Act.import_blocklist)
async def apply_list(
    *, moderator: User, blocklist_id: int, ticked: list[int] | None = None, overrides: bool = False
) -> int:
    """Have the worker apply a list, or the ticked rows of it; return how many rows. Raises NotFound for one that is not shown any more."""
    require(moderator, Permission.manage_federation)
    async with async_atomic():
        stored = await Blocklist.objects.select_for_update().filter(pk=blocklist_id).afirst()
        if stored is None or not await stator.transition(stored, BlocklistGraph.applying):
            raise NotFound
        wanted = BlocklistRow.objects.filter(
            blocklist=stored.pk, effect__in=[*_EFFECTIVE, *([Effect.kept] if overrides else [])]
        )
        count = await (wanted if ticked is None else wanted.filter(pk__in=ticked)).aupdate(is_wanted=True)
        if not count:
            raise Invalid("file", "blocklist_nothing_ticked")
        await Blocklist.objects.filter(pk=stored.pk).aupdate(
            overrides=overrides, position=0, user_id=moderator.pk
        )
        target = Target("blocklist", stored.pk, stored.name)
        await record(Act.import_blocklist, target, by=moderator.pk, details={"count": count})
    return count


@audited(Act.import_blocklist)
async def undo_list(*, moderator: User, blocklist_id: int) -> None:
    """Have the worker undo an applied list, or drop one that was not applied. Raises NotFound for any other."""
    require(moderator, Permission.manage_federation)
    async with async_atomic():
        stored = await Blocklist.objects.select_for_update().filter(pk=blocklist_id).afirst()
        if stored is None:
            raise NotFound
        was_shown = stored.state == BlocklistGraph.shown.name
        if not await stator.transition(stored, BlocklistGraph.ended if was_shown else BlocklistGraph.undoing):
            raise NotFound
        await Blocklist.objects.filter(pk=stored.pk).aupdate(position=0, user_id=moderator.pk)
        target = Target("blocklist", stored.pk, stored.name)
        await record(Act.import_blocklist, target, by=moderator.pk, details={"undone": True})


async def apply_next(stored: Blocklist) -> bool:
    """Apply the next batch; return whether there may be more. In a transaction."""
    rows = await _next(stored, is_undo=False)
    servers = [
        Listed(row.place, row.host, msgspec.json.decode(row.ruling, type=Ruling), row.comment) for row in rows
    ]
    with acting(stored.user_id):
        changed = await apply_servers(servers=servers, name=stored.name, overrides=stored.overrides)
    kept = [(host, *(msgspec.json.encode(one).decode() for one in pair)) for host, pair in changed.items()]
    if kept:
        hosts, before, after = (list(column) for column in zip(*kept, strict=True))
        await sql.run(
            f"""UPDATE {_ROWS} r SET before = new.before, after = new.after
                FROM unnest(%s::text[], %s::text[], %s::text[]) AS new (host, before, after)
                WHERE r.blocklist_id = %s AND r.host = new.host AND r.is_wanted""",
            [hosts, before, after, stored.pk],
        )
    return await _moved(stored, rows)


async def undo_next(stored: Blocklist) -> bool:
    """Undo the next batch, but for policies that were changed since; return whether there may be more. In a transaction."""
    rows = await _next(stored, is_undo=True)
    known = await rulings_of([row.host for row in rows], lock=True)
    changed = {}
    for row in rows:
        before, after = (msgspec.json.decode(one, type=Ruling) for one in (row.before, row.after))
        if known.get(row.host) == after:
            changed[row.host] = (after, before)
    with acting(stored.user_id):
        await restore(changed, {row.host: row.comment for row in rows}, name=stored.name)
    return await _moved(stored, rows)


async def _next(stored: Blocklist, *, is_undo: bool) -> list[BlocklistRow]:
    """Return the next rows in the order of the list (users_blocklist_place)."""
    rows = BlocklistRow.objects.filter(blocklist=stored.pk, place__gt=stored.position)
    rows = rows.exclude(before="") if is_undo else rows.filter(is_wanted=True)
    return [row async for row in rows.order_by("place")[:BATCH_SIZE]]


async def _moved(stored: Blocklist, rows: list[BlocklistRow]) -> bool:
    if rows:
        await Blocklist.objects.filter(pk=stored.pk).aupdate(position=rows[-1].place)
    return len(rows) == BATCH_SIZE
