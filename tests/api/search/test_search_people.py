"""People are found by any part of their names, in every script, however many there are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from core.db import sql
from core.texts import fold_name, index_grams
from tests.activities import people as rows
from tests.api.support.world import World
from tests.support.plans import measured, vacuum
from users.identities.handlers import index_older_names
from users.identities.models import Identity, SearchName
from users.identities.services import backfills

pytestmark = pytest.mark.anyio

NAMES = {
    "hanako": "山田花子",
    "petr": "Пётр Иванов",
    "joerg": "Jörg Müller",
    "wide": "Ｗａｌｔｅｒ ﾊﾅｺ",
    "obrien": "Seán O’Brien",
    "minsu": "김민수",
    "layla": "لَيْلَى العَرَبِي",
    "somchai": "สมชาย ใจดี",
    "nikos": "Νίκος Παπαδόπουλος",
    "lukasz": "Łukasz 🌻 Żółw",
    "devi": "देवी शर्मा",
    "sergei": "Сергей Южный",
    "split_name": "Anna-Lena d'Arc",
}


async def found(world: World, q: str) -> list[str]:
    answer = await world.ada.get("/api/v2/search", "Search", params={"q": q, "type": "accounts"})
    return [one["username"] for one in answer["accounts"]]


@pytest.mark.slow
async def test_any_part_of_a_name_in_any_script(world: World) -> None:
    for username, name in NAMES.items():
        await rows.make_remote(username, name=name)
    for q, expected in (
        ("花子", "hanako"),
        ("山", "hanako"),
        ("子花", ""),
        ("иванов", "petr"),
        ("петр", "petr"),
        ("ПЁТР ИВА", "petr"),
        ("muller", "joerg"),
        ("Müller", "joerg"),
        ("MU\u0308LLER", "joerg"),
        ("mull jorg", "joerg"),
        ("ulle", "joerg"),
        ("ul", ""),  # less than three letters are looked for where words begin
        ("mu", "joerg"),
        ("walter", "wide"),
        ("ハナコ", "wide"),
        ("ｗａｌ", "wide"),
        ("sean", "obrien"),
        ("o'brien", "obrien"),
        ("o’brien", "obrien"),
        ("brien", "obrien"),
        ("민수", "minsu"),
        ("김", "minsu"),
        ("ليلى", "layla"),
        ("عربي", "layla"),
        ("ใจดี", "somchai"),
        ("νικος", "nikos"),
        ("ΠΑΠΑΔΟΠΟΥΛΟΣ", "nikos"),
        ("lukasz", "lukasz"),
        ("zolw", "lukasz"),
        ("🌻", "lukasz"),
        ("शर्मा", "devi"),
        ("сергеи", ""),
        ("южн", "sergei"),
        ("lena", "split_name"),
        ("darc", "split_name"),
        ("a-le", "split_name"),
        ("\u200emuller\u202c", "joerg"),
        ("%", ""),
        ("_", ""),
        ("muller%", ""),
        ("mul_er", ""),
    ):
        assert set(await found(world, q)) == set(expected.split()), q


async def test_names_follow_their_people(world: World) -> None:
    await world.bea.patch("/api/v1/accounts/update_credentials", json={"display_name": "Жозефина"})
    assert await found(world, "жозеф") == ["bea"]
    await world.bea.patch("/api/v1/accounts/update_credentials", json={"display_name": "Käthe"})
    assert await found(world, "жозеф") == []
    assert await found(world, "kathe") == ["bea"]
    await world.bea.patch("/api/v1/accounts/update_credentials", json={"discoverable": False})
    assert await found(world, "kathe") == []
    assert await found(world, "bea") == ["bea"]


async def test_names_from_before_are_noted_by_the_worker(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In pieces, and continued where it stopped."""
    for number in range(5):
        await rows.make_remote(f"old{number}", name=f"山田{number}")
    gone = await rows.make_remote("gone", name="山田", deleted_at=world.ada.me.created_at)
    await SearchName.objects.all().adelete()
    monkeypatch.setattr(backfills, "BATCH_SIZE", 2)
    monkeypatch.setattr(backfills, "_BATCHES_PER_RUN", 1)
    await index_older_names()
    assert await SearchName.objects.acount() == 1
    for _ in range(4):
        await index_older_names()
    assert len(await found(world, "山田")) == 5
    assert not await SearchName.objects.filter(pk=gone.pk).aexists()
    assert await SearchName.objects.acount() == await Identity.objects.filter(deleted_at=None).acount()
    await SearchName.objects.all().adelete()
    await index_older_names()
    assert await SearchName.objects.acount() == 0


@asynccontextmanager
async def without_indexes(*tables: str) -> AsyncIterator[None]:
    """Build the indexes of these tables after they were filled, which takes a fraction of the time."""
    definitions = await sql.rows(
        """SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index i
           WHERE indrelid = ANY(%s::text[]::regclass[])
             AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)""",
        [list(tables)],
    )
    for name, _ in definitions:
        await sql.run(f"DROP INDEX {name}")
    try:
        yield
    finally:
        for _, definition in definitions:
            await sql.run(definition)


async def make_many(template: Identity, names: list[str], many: int) -> None:
    """So many identities like one; the names go round."""
    columns = [field.column for field in Identity._meta.concrete_fields]
    new = {"id": "i.id + n", "uri": "i.uri || n", "username": "'p' || n", "followers_count": "n"}
    folded = [fold_name(name) for name in names]
    parameters = {
        "id": template.pk,
        "many": many,
        "texts": folded,
        "grams": [" ".join(index_grams(name)) for name in folded],
    }
    await sql.run(
        f"""INSERT INTO users_identity ({", ".join(columns)})
            SELECT {", ".join(new.get(column, f"i.{column}") for column in columns)}
            FROM users_identity i, generate_series(1, %(many)s) n WHERE i.id = %(id)s""",
        parameters,
    )
    await sql.run(
        """INSERT INTO users_searchname (identity_id, text, grams)
           SELECT %(id)s + n, t.text, string_to_array(t.grams, ' ')
           FROM unnest(%(texts)s::text[], %(grams)s::text[]) WITH ORDINALITY AS t (text, grams, at),
                generate_series(t.at, %(many)s, cardinality(%(texts)s::text[])) n""",
        parameters,
    )


@pytest.mark.slow
async def test_a_search_among_200000_people_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ("Maria", "Мария", "Jörg", "김민수", "Anna", "Nguyễn", "Σοφία", "Ali")
    last = [
        f"{name}{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10]}"
        for n in range(50)
        for name in ("Müller", "Иванов")
    ]
    names = ["山田花子", *(f"{one} {other}" for one in first for other in last)]
    template = await rows.make_remote("template")
    async with without_indexes("users_identity", "users_searchname"):
        await make_many(template, names, 200_000)
    await vacuum()
    friend = await Identity.objects.aget(pk=template.pk + 3)
    await rows.follow(world.ada.me, friend)  # one of 25,000 of that name
    for q in (
        *("maria", "мария", "김민수", "김", "иванов", "muller", "ali", "jorg mull"),  # everybody's
        *("花子", "мюллер", "nguyen xyz", "mariah", "a", "p", "p1", "p17", "@p17@far"),
    ):
        async with measured(monkeypatch) as costs:
            await found(world, q)
        assert max(cost.buffers for cost in costs) < 12_000, q
    assert (await found(world, "maria"))[0] == friend.username
    async with measured(monkeypatch) as costs:
        assert len(await found(world, "花子")) == 20
    assert max(cost.buffers for cost in costs) < 3_000
