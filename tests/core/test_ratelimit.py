import datetime as dt

from core import clock
from core.ratelimit import Limiter


def test_a_limit_is_used_up_and_comes_back():
    limiter = Limiter()
    uses = [limiter.take("a", 3, 300) for _ in range(4)]
    assert [use.allowed for use in uses] == [True, True, True, False]
    assert [use.remaining for use in uses] == [2, 1, 0, 0]
    assert 0 < uses[-1].retry_after_s <= 301
    assert limiter.take("b", 3, 300).allowed
    with clock.shifted(dt.timedelta(seconds=301)):
        assert limiter.take("a", 3, 300).remaining == 2
    limiter.forget("a")
    assert limiter.take("a", 3, 300).allowed


def test_memory_is_bounded():
    limiter = Limiter(most_keys=100)
    for number in range(1000):
        limiter.take(str(number), 1, 60)
    assert len(limiter._windows) <= 100
