"""Removal of older backups: the newest of each day, week and month stays."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadInput
from takahe.backups.retention import Rule, kept, read_rule

_RULES = st.tuples(st.integers(0, 10), st.integers(0, 6), st.integers(0, 14)).filter(any)


def test_a_year_of_daily_backups_is_thinned() -> None:
    """Seven days, four weeks and twelve months share some."""
    newest = dt.datetime(2026, 12, 1, 3, tzinfo=dt.UTC)
    daily = [newest - dt.timedelta(days=number) for number in range(400)]
    stay = sorted(kept(daily, Rule(7, 4, 12)), reverse=True)
    assert stay[:7] == daily[:7]
    assert [at.date().isoformat() for at in stay[7:]] == [
        "2026-11-22", "2026-11-15", "2026-10-31", "2026-09-30", "2026-08-31", "2026-07-31", "2026-06-30", "2026-05-31", "2026-04-30",
        "2026-03-31", "2026-02-28", "2026-01-31",
    ]  # fmt: skip


@given(
    st.lists(
        st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2030, 1, 1), timezones=st.just(dt.UTC)),
        min_size=1,
        max_size=60,
    ),
    _RULES,
)
def test_the_newest_stays_and_thinning_again_changes_nothing(
    moments: list[dt.datetime], numbers: tuple[int, int, int]
) -> None:
    stay = kept(moments, Rule(*numbers))
    assert max(moments) in stay
    assert kept(list(stay), Rule(*numbers)) == stay
    assert len(stay) <= max(1, sum(numbers))


@pytest.mark.parametrize("text", ["", "7", "7,4", "7,4,12,1", "0,0,0", "-1,4,12", "a,b,c", "7,4,99999"])
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read_rule(text)
