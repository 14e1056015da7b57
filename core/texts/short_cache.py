"""A cache for functions of untrusted text.

`lru_cache` limits the number of texts, not their length: 8,192 of a megabyte, which a peer may send in its activities, are 8 GB.
"""

from collections.abc import Callable
from functools import lru_cache, wraps


def cached_if_short[T](*, longest: int, maxsize: int) -> Callable[[Callable[[str], T]], Callable[[str], T]]:
    """Cache the results for texts of up to `longest` characters; longer ones are computed each time."""

    def decorate(function: Callable[[str], T]) -> Callable[[str], T]:
        kept = lru_cache(maxsize=maxsize)(function)

        @wraps(function)
        def asked(text: str) -> T:
            return kept(text) if len(text) <= longest else function(text)

        return asked

    return decorate
