"""A look-up by a unique value is not put in order: there is only one row, and ordering costs as much as the rest of the statement."""

import pytest
from django.db.models import F, Q
from django.db.models.expressions import Col

from activities.posts.models import Post
from core.db import own_connection
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
