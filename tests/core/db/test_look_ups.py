"""A look-up by a unique value is not put in order: there is only one row, and ordering costs as much as the rest of the statement."""

from typing import Any

import pytest
from django.db import DataError
from django.db.models import F, Q
from django.db.models.expressions import Col
from django.db.transaction import TransactionManagementError

from activities.posts.models import Post
from core.db import async_atomic, own_connection
from tests.activities.people import make_local, make_post
from tests.support.queries import counted
from users.domains.models import Domain
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("how", "is_ordered"),
    [
        ({"pk": 1}, False),
        ({"id": 1}, False),
        ({"uri": "https://a.test/u/"}, False),
        ({"uri": "https://a.test/u/", "deleted_at": None}, False),
        ({"deleted_at": None}, True),
        ({"uri__startswith": "https://a.test/"}, True),
        ({"domain__name": "a.test"}, True),  # unique in another table
        ({"domain": 1}, True),
    ],
)
async def test_only_what_may_find_several_is_ordered(
    db: None, monkeypatch: pytest.MonkeyPatch, how: dict[str, object], is_ordered: bool
) -> None:
    async with own_connection(), counted(monkeypatch) as statements:
        await Identity.objects.filter(**how).afirst()
    assert ("ORDER BY" in statements[-1]) is is_ordered


async def test_either_of_two_values_is_ordered_and_so_is_all_but_one(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    either = Identity.objects.filter(Q(pk=1) | Q(pk=2))
    others = Post.objects.filter(
        boost_of__uri="https://a.test/1"
    )  # unique, and of the same table, but of another row
    computed = Identity.objects.filter(pk=F("domain"))
    async with own_connection(), counted(monkeypatch) as statements:
        for found in (
            either,
            others,
            computed,
            Identity.objects.exclude(pk=1),
            Identity.objects.order_by("-pk").filter(pk=1),
        ):
            await found.afirst()
    assert all("ORDER BY" in statement for statement in statements[-5:])


async def _all_of(found: Any) -> Any:
    """What a row holds, and the rows it refers to that were loaded along."""
    if found is None:
        return None
    rows = {name: await _all_of(row) for name, row in found._state.fields_cache.items() if row is not found}
    own = {name: value for name, value in vars(found).items() if name != "_state"}
    return type(found), own, rows, found._state.adding, found._state.db


@pytest.mark.parametrize("ask_again", [False, True], ids=["compiled", "known"])
async def test_a_look_up_whose_statement_is_known_returns_what_django_does(db: None, ask_again: bool) -> None:
    async with own_connection():
        domain = await Domain.objects.acreate(name="a.test")
        ana = await make_local("ana", domain)
        answered = await make_post(ana, content="<p>First</p>")
        post = await make_post(ana, content="<p>Second</p>", in_reply_to=answered)
        rows = Post.objects.filter(uri=post.uri)
        asked = [
            rows,
            rows.filter(deleted_at=None, boost_of=None),
            rows.filter(is_local=post.is_local),
            rows.filter(is_local=not post.is_local),
            rows.filter(author=ana),
            rows.filter(author=ana.pk + 1),
            rows.select_related("author"),
            rows.select_related("author__domain", "in_reply_to"),
            rows.select_related("boost_of"),
            Identity.objects.filter(pk=ana.pk),
            Identity.objects.filter(pk=ana.pk + 1),
            Domain.objects.filter(name="a.test"),
        ]
        async with async_atomic():
            asked += [
                rows.select_for_update(),
                rows.select_for_update(no_key=True),
                rows.select_for_update(skip_locked=True),
            ]
            for each in asked:
                for _ in range(1 + ask_again):
                    found = await each.afirst()
                several = [row async for row in each.order_by()[:1]]
                assert await _all_of(found) == await _all_of(several[0] if several else None), str(each.query)


async def test_a_lock_is_taken_each_time_and_only_in_a_transaction(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    domains = Domain.objects.filter(name="a.test")
    async with own_connection(), counted(monkeypatch) as statements:
        async with async_atomic():
            for _ in range(2):
                await domains.select_for_update(no_key=True).afirst()
        with pytest.raises(TransactionManagementError):
            await domains.select_for_update(no_key=True).afirst()
        await domains.afirst()
    assert sum("FOR NO KEY UPDATE" in statement for statement in statements) == 2


async def test_the_only_row_is_found_or_its_absence_raised(db: None) -> None:
    async with own_connection():
        await Domain.objects.acreate(name="a.test")
        for _ in range(2):
            assert (await Domain.objects.aget(name="a.test")).name == "a.test"
            with pytest.raises(Domain.DoesNotExist):
                await Domain.objects.aget(name="b.test")
            made = await Domain.objects.aget_or_create(name="a.test")
            assert (made[0].name, made[1]) == ("a.test", False)


async def test_values_of_any_kind_stay_values(db: None) -> None:
    """What a stranger sends is never part of the text, nor does it choose the statement."""
    async with own_connection():
        await Domain.objects.acreate(name="a.test")
        for name in ("' OR true --", "%s", "%(name)s", "a.test\x1f", '"'):
            assert await Domain.objects.filter(name=name).afirst() is None
        with pytest.raises(DataError):
            await Domain.objects.filter(name="a\x00b").afirst()
        assert await Identity.objects.filter(pk=2**63 - 1).afirst() is None


async def test_without_an_order_the_oldest_comes_first(db: None) -> None:
    async with own_connection():
        for name in ("b.test", "a.test"):
            await Domain.objects.acreate(name=name)
        first = await Domain.objects.filter(name__endswith=".test").afirst()
    assert first.name == "b.test"


def test_equal_columns_have_equal_hashes() -> None:
    name, uri = Identity._meta.get_field("name"), Identity._meta.get_field("uri")
    assert hash(Col("a", name)) == hash(Col("a", name)) == hash(Col("a", name, uri))
    assert len({Col("a", name), Col("a", name), Col("b", name), Col("a", uri)}) == 3
