import pytest
from tests.clients.support.live import Live
pytestmark = [pytest.mark.anyio, pytest.mark.servers]
def test_x(live: Live) -> None:
    print(live.tokens)
