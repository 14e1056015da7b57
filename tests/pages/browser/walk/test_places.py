"""The list of pages that are walked through has every page."""

import re

from tests.pages.browser.walk import places
from tests.pages.test_two_presses import methods_of
from web.urls import urlpatterns

# why they aren't walked through → their names
_LEFT_OUT = {
    "no HTML": """robots sitemap sitemap-month icon-svg icon-png theme style tints manifest worker favicon tag-feed list-feed profile-feed-mastodon
        profile-feed profile-feeds captions captions-remote admin-peers-blocked admin-peers-allowed admin-audit-export admin-emojis-export
        settings-export-file settings-severances-following settings-severances-followers home-read notifications-read notifications-unread""",
    "a part of a page that is": """settings-identities-menu aside announcements-reactions columns-rows compose-suggestions compose-emojis
        posts-translation posts-row posts-counts posts-arrived posts-late-replies posts-replies""",
    "leads to one that is": "welcome share sign-in-with-done settings-providers-connect private-mention-of notifications-open",
    "needs a secret from a mail, and is a form of one button or field": """password-reset settings-address-confirm staff-mails-stop alerts-stop
        digest-stop""",
    "a form of two fields after signing in elsewhere (accounts/providers/test_in_a_browser.py)": "sign-in-with-username",
    "is there before anybody is (platform/test_browser.py)": "setup",
    "another site's film, framed (cards/test_players.py)": "player player-of-link",
    "only in development (pictures/test_style_guide.py)": "styleguide",
    "needs somebody else at the account; one question each": "settings-sharing-leave settings-sharing-access",
    "only for posts to a circle (circles/test_circles.py)": "post-audience",
    "like the question before a post is deleted": "scheduled-cancel",
    "a code to copy, after a press": "oauth-authorize-native",
}


def test_the_walk_has_every_page() -> None:
    listed = (
        *places.STRANGERS,
        *places.PAGES,
        *places.OF_A_POST,
        *places.OF_A_PERSON,
        *places.LISTED.values(),
    )
    walked = {
        _plain(path)
        for path in (*listed, *places.FOUND, *(one for both in places.MADE.values() for one in both))
    }
    left_out = " ".join(_LEFT_OUT.values()).split()
    assert len(left_out) == len(set(left_out))
    missing: list[str] = []
    superfluous: list[str] = []
    for pattern in urlpatterns:
        if "GET" not in methods_of(pattern.callback):
            continue
        address = _address_of(str(pattern.pattern))
        is_walked = any(address.fullmatch(path) for path in walked)
        if is_walked and pattern.name in left_out:
            superfluous.append(pattern.name)
        elif not is_walked and pattern.name not in left_out:
            missing.append(pattern.name)
    assert missing == []
    assert superfluous == []
    assert set(left_out) <= {pattern.name for pattern in urlpatterns}


def _address_of(route: str) -> re.Pattern[str]:
    numbered = re.sub(r"<int:\w+>", "N", route.replace(".", r"\."))
    return re.compile("/" + re.sub(r"<\w+:\w+>", "[^/]+", numbered))


def _plain(path: str) -> str:
    return re.sub(r"(?<=/)\d+(?=/|$)", "N", path.partition("?")[0])
