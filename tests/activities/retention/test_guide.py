"""The table of what is kept for how long in docs/run/space.md, beside the code that removes it."""

import re

import pytest

from activities.notifications.models import MAX_KEPT as NOTIFICATIONS_KEPT
from activities.posts.models import PostGraph
from activities.timelines.models import MAX_KEPT as ENTRIES_KEPT
from core.config import SETTINGS
from tests.support.servers import ROOT
from users.identities.handlers import UNREFERENCED_KEPT
from users.logins.models import NETWORKS_KEPT_FOR
from users.logins.services.sign_up import STALE_AFTER

TEXT = (ROOT / "docs/run/space.md").read_text()
DEFAULTS = {setting.name: setting.default for setting in SETTINGS}
GONE_FOR = PostGraph.gone.delete_after
assert GONE_FOR is not None


@pytest.mark.parametrize(
    ("what", "how_long"),
    [
        (name, f"`{name}` ({DEFAULTS[name]})")
        for name in ("TAKAHE_REMOTE_POSTS_DAYS", "TAKAHE_FOLLOWED_POSTS_DAYS")
    ]
    + [
        ("Home timelines", f"The newest {ENTRIES_KEPT} posts of each"),
        ("Notifications", f"The newest {NOTIFICATIONS_KEPT:,} of each person"),
        ("Accounts of other servers", f"{UNREFERENCED_KEPT.days} days"),
        ("Addresses of deleted posts", f"{GONE_FOR.days} days"),
        ("Sign-ups that nobody admitted", f"{STALE_AFTER.days} days"),
        ("The networks", f"{NETWORKS_KEPT_FOR.days} days"),
    ],
)
def test_the_guide_says_what_the_code_does(what: str, how_long: str) -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("|") and what in line]
    assert len(rows) == 1
    assert re.search(rf"\| (.* )?{re.escape(how_long)}", rows[0])
