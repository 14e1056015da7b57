"""Redirect URIs of apps, at registration and again at authorization."""

import pytest

from api.models import App
from api.oauth.redirects import OUT_OF_BAND
from core.config import config
from tests.api.support.world import World

pytestmark = pytest.mark.anyio

RIGHT = [
    OUT_OF_BAND,
    "icecubesapp://", "myapp:", "x://", "com.example.app:/cb", "app:///done", "app://?a=b", "MyApp://callback", "tusky://oauth",
    "metatext://oauth.callback", "fedilab://backtofedilab", "megalodon-android-auth://callback", "web+example:x", "org.joinmastodon.ios://callback",
    "msapp://x", "feedly://x", "mailspring://x", "smbfan:", "telegraph:/x", "searchable://", "chromedome:", "githubber://", "shelly:",
    "app://user@host", "app://host:0", "dataful:", "edgewise://", "mozart:/cb", "x-appliance:",
    "https://a.test", "https://a.test/", "https://a.test:443/cb?x=1", "https://a.test:65535/", "https://a.test:/cb", "http://localhost:3000/cb",
    "http://127.0.0.1:1/", "http://[::1]:8080/cb", "https://xn--bcher-kva.test/cb", "https://a.test./", "https://a.test/@ada", "https://a.test?u=a@b",
    "https://A.test/", "https://a.test/%E8%8A%B1?a=(1)&b='2';c=[3]", "windowsill://x", "bingo:", "operaapp://cb", "taggly://x", "ideas://cb",
]  # fmt: skip
WRONG = [
    # run or shown by the browser
    "javascript:alert(1)", "JavaScript:alert(1)", "feed:javascript:alert(1)", "FEED:https://a.test/", "pcast:javascript:x", "jar:x!/", "data:text/html,x",
    "vbscript:x", "view-source:https://a.test/", "view-source+https:x", "blob:https://a.test/1", "about:blank", "chrome://settings",
    "chrome-extension://x/y", "edge://settings", "moz-extension://x", "moz-icon://x", "file:///etc/passwd", "filesystem:https://a.test/x",
    "safari-extension://x", "googlechrome://a.test", "ws://a.test", "resource://x",
    # the system's own, and other computers
    "ms-settings:", "ms-settings:privacy", "MS-Settings:x", "ms-word:ofe|u|https://a.test/x", "ms-officecmd:%7B", "ms-appinstaller:?source=x",
    "ms-msdt:/id", "ms-cxh:", "ms-availablenetworks:", "search-ms:query=x", "search:x", "microsoft-edge:https://a.test", "microsoft.windows.camera:",
    "microsoftvideo:", "windowsdefender://", "shell:startup", "smb://a.test/x", "cifs://a.test", "ssh://a.test", "sftp://a.test", "scp://a.test",
    "telnet://a.test", "telnet:", "rdp://a.test", "vnc://a.test", "ftp://a.test", "ldap://a.test", "nfs://a.test", "afp://a.test", "dav://a.test",
    "git://a.test/x", "git+ssh://a.test", "svn+ssh://a.test", "intent://x", "android-app://x", "market://details", "itms-services://?action=x",
    "x-apple.systempreferences:", "x-apple-helpbasic://x", "com.apple.tv://x", "app-prefs:", "prefs:root=x", "x-man-page://ls", "apt:x",
    "flatpak+https://a.test",
    # calls, messages, editors
    "mailto:a@b.test", "tel:1", "sms:1", "smsto:1", "callto:1", "facetime:1", "sip:1", "skype:x", "geo:1,1", "webcal://a.test", "magnet:?x", "news:x",
    "vscode://x.y/z", "vscode-insiders://x", "vscode:", "vscodium://x", "cursor://x", "jetbrains://x", "steam://run/1", "zoommtg://x",
    # wrappers around other addresses, and programs that open files
    "x-safari-https://a.test", "opera-http://a.test", "touch-https://a.test", "brave-https://a.test", "ftp-http://a.test", "https+x://a.test",
    "sftp+ssh://a.test", "firefox-focus://open-url?url=x", "mswindowsmusic:", "mswindowsvideo:", "windows.tbauth:x", "windows-feedback:", "bingmaps:?x",
    "outlookmail:", "onenote-cmd:x", "feedback-hub:", "teamviewer8://x", "org-protocol://x", "emacs://open?x", "idea://open?file=/x",
    "docker-desktop://x", "otpauth://x", "openpgp4fpr:x",
    # what no header can say
    "https://a.test/\u00e9", "https://a.test/\u82b1?x=1", "myapp://\u82b1", "https://a.test/\"x", "https://a.test/<x>", "myapp:{x}", "https://a.test/a|b",
    # sites
    "https://a.test:0/", "https://a.test:99999/", "https://a.test:x/", "https://a.test:-1/", "https://user@a.test/", "https://user:pw@a.test/",
    "https://bank.example@a.test/cb", "http://@a.test/", "https://a.test;sandbox/", "https://a.test,b.test/", "https://*/", "https://b\u00fccher.test/",
    "https:///x", "https:", "https://", "https://[::1/", "https://[x]/", "https://-a.test/",
    # no addresses
    "nowhere", "/cb", "//a.test/cb", "://x", ":", "1app://x", "\u00e4pp://x", "a_b://x", "https://a.test\\@b.test", "app:\x01", "x" * 2001,
]  # fmt: skip


async def _register(world: World, uri: str) -> int:
    fields = {"client_name": "App", "redirect_uris": [uri]}
    return (await world.http.post("/api/v1/apps", json=fields)).status_code


@pytest.mark.slow
@pytest.mark.parametrize(("uris", "status"), [(RIGHT, 200), (WRONG, 422)])
async def test_valid_redirect_addresses_are_accepted(
    world: World, monkeypatch: pytest.MonkeyPatch, uris: list[str], status: int
) -> None:
    monkeypatch.setattr(config(), "rate_limit_percent", 0)
    answers = {}
    for uri in uris:
        answers[uri] = await _register(world, uri)
    assert {uri: got for uri, got in answers.items() if got != status} == {}
    assert await App.objects.filter(name="App").acount() == (len(RIGHT) if status == 200 else 0)


@pytest.mark.slow
async def test_stored_redirects_that_are_forbidden_now_are_not_followed(world: World) -> None:
    app = await App.objects.acreate(name="Old", redirect_uris=WRONG, client_id="old", scopes="read")
    for uri in WRONG:
        asked = {"client_id": app.client_id, "redirect_uri": uri, "response_type": "code"}
        for wrong in ({}, {"response_type": "token"}):  # the second one would be told by a redirect
            answer = await world.http.get("/oauth/authorize", params={**asked, **wrong})
            assert answer.status_code in {400, 422}, uri
            assert "location" not in answer.headers, uri
