"""AsyncRefresh: docs.joinmastodon.org/entities/AsyncRefresh"""

from typing import Literal

import msgspec


class AsyncRefresh(msgspec.Struct):
    id: str
    status: Literal["running", "finished"]
    result_count: int | None


class AsyncRefreshAnswer(msgspec.Struct):
    async_refresh: AsyncRefresh
