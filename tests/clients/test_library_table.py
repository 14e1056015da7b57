"""Every public method of Mastodon.py is called by one of the tests, or stands here with the reason why not."""

import pytest

from tests.clients import test_library_people, test_library_posts, test_library_server, test_library_streams
from tests.clients.support.library import public_methods

_TIER_3 = "administration by API comes later; it answers a clean 404"
_TIER_4 = "Mastodon's own extra, tier 4 of the endpoint table; it answers a clean 404"
_GONE = "Mastodon took the endpoint out"
SKIPPED = {
    **{name: _TIER_3 for name in public_methods() if name.startswith("admin_")},
    **{name: _TIER_4 for name in public_methods() if name.startswith("annual_report")},
    **{name: _TIER_4 for name in public_methods() if "collection" in name},
    "get_async_refresh_info": _TIER_4,
    "get_async_refresh_status": _TIER_4,
    "await_async_refresh": _TIER_4,
    "follows": f"{_GONE} (3.0)",
    "reports": f"{_GONE} (2.5)",
    "search_v1": f"{_GONE} (3.0)",
    "oauth_userinfo": "the library refuses plain HTTP for it; tests/api/test_oauth.py asks for it",
    "instance_health": "the library wants the word OK; /health says more, as JSON (docs.joinmastodon.org/methods/health)",
    "get_status_length": "counts on this side, asks no server",
    "status_translate": "this server translates nothing, and says so in its configuration",
}
MODULES = (test_library_people, test_library_posts, test_library_server, test_library_streams)


def called() -> set[str]:
    return {name for module in MODULES for names in module.CALLS.values() for name in names.split()}


def test_every_method_is_called_or_has_a_reason() -> None:
    assert called() | SKIPPED.keys() == public_methods().keys()
    assert not called() & SKIPPED.keys()


@pytest.mark.parametrize("module", MODULES)
def test_every_test_has_a_row(module: object) -> None:
    assert {name for name in vars(module) if name.startswith("test_")} == module.CALLS.keys()  # type: ignore[attr-defined]
