"""Validation of redirect URIs: only schemes that lead back to an app, and to nothing else on the user's device."""

import re
from urllib.parse import SplitResult, urlsplit

from core.errors import Invalid

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
_MAX_LENGTH = 2000

# Schemes that no client app handles. With them the browser would run or show the redirect with its code, open a file or another computer,
# change system settings, or start a program with parameters chosen by an attacker.
_FORBIDDEN_SCHEMES = frozenset({
    # browsers: code, files, internal pages, and wrappers around other URLs
    "about", "blob", "brave", "chrome", "content", "data", "devtools", "edge", "feed", "feeds", "file", "filesystem", "firefox",
    "googlechrome", "googlechromes", "its", "jar", "javascript", "jscript", "livescript", "mhtml", "mk", "mocha", "opera", "pcast", "read",
    "res", "resource", "vbs", "vbscript", "view-source", "vivaldi", "ws", "wss", "wyciwyg",
    # files, shells and screens of other computers
    "afp", "anydesk", "apt", "cifs", "dav", "davs", "dns", "fish", "ftp", "ftps", "git", "gopher", "imap", "imaps", "ldap", "ldapi", "ldaps",
    "nfs", "nntp", "pop", "pop3", "rdp", "rlogin", "rsync", "rtmp", "rtsp", "scp", "sftp", "smb", "snmp", "spice", "ssh", "svn",
    "telnet", "tftp", "tn3270", "vnc", "webdav", "webdavs",
    # calls, messages, news, places, downloads
    "bitcoin", "callto", "dict", "ed2k", "facetime", "facetime-audio", "geo", "irc", "irc6", "ircs", "magnet", "mailto", "maps", "mms",
    "mmsto", "news", "openpgp4fpr", "otpauth", "sip", "sips", "skype", "sms", "smsto", "snews", "tel", "webcal", "webcals", "xmpp",
    # Windows
    "calculator", "explorer", "feedback-hub", "insidercommand", "hcp", "library-ms", "ms", "msdt", "msteams", "onenote", "onenote-cmd", "onenotedesktop", "outlook", "outlookfeed", "outlookmail", "search",
    "search-ms", "shell", "windowsdefender", "wsl", "xbox",
    # Apple
    "applescript", "apple-maps", "facetime-prompt", "help", "itms", "itms-apps", "itms-appss", "itms-books", "itms-services", "itmss",
    "macappstore", "macappstores", "photos-redirect", "prefs", "shortcuts", "workflow", "x-man-page",
    # Android and Linux desktops
    "admin", "android-app", "appstream", "apturl", "computer", "ghelp", "info", "intent", "man", "market", "mtp", "network", "recent",
    "settings", "snap", "tbopen", "trash", "xdg-open",
    # programs that execute their input
    "code-oss", "cursor", "docker-desktop", "emacs", "github-mac", "github-windows", "idea", "iterm2", "jetbrains", "jnlp", "jnlps", "mvim", "org-protocol", "pycharm", "putty",
    "sourcetree", "steam", "subl", "txmt", "vscode", "vscode-insiders", "vscodium", "windsurf", "x-github-client", "zed", "zoommtg", "zoomus",
})  # fmt: skip
# families: `ms-settings:`, `microsoft-edge:`, `x-apple.systempreferences:`, `chrome-extension:`, `moz-icon:`, `git+ssh:`,
# `flatpak+https:`, `x-safari-https:` and those of other browsers
_FORBIDDEN_FAMILY = re.compile(
    r"(?:ms|mse|microsoft|chrome|edge|moz|safari|x-apple|vscode|jetbrains)[-.].*"
    r"|microsoft(?:video|music).*|x-apple.*|com\.apple\..*|x-web-search|app-prefs|app-settings"
    r"|mswindows(?:music|video)|windows[.-].*|bing(?:maps|news|weather)|teamviewer.*"
    r"|(?:git|svn|bzr|hg|cvs|flatpak|view-source|https?|s?ftp)\+.*|[a-z-]+-(?:https?|ftp)|firefox-focus"
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*", re.ASCII)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?\.?|\[[0-9a-f:.]+\]", re.ASCII | re.IGNORECASE)
# the characters of RFC 3986: the URI is copied into a header, where others could change its meaning
_ADDRESS = re.compile(r"[\w.~:/?#\[\]@!$&'()*+,;=%-]+", re.ASCII)


def check_redirect_uri(uri: str) -> str:
    """Return the URI as given. Raises BadInput unless it is absolute, without fragment, and of a scheme that leads to an app.

    An app's own scheme needs nothing after it: apps register `icecubesapp://` and `myapp:`.
    """
    if uri == OUT_OF_BAND:
        return uri
    if len(uri) > _MAX_LENGTH or not _ADDRESS.fullmatch(uri) or not _leads_to_an_app(uri):
        raise Invalid("redirect_uri", "not_absolute")
    if "#" in uri:
        raise Invalid("redirect_uri", "with_fragment")
    return uri


def _leads_to_an_app(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    if parts.scheme in {"http", "https"}:
        return _is_site(parts)
    return (
        _SCHEME.fullmatch(parts.scheme) is not None
        and parts.scheme not in _FORBIDDEN_SCHEMES
        and _FORBIDDEN_FAMILY.fullmatch(parts.scheme) is None
    )


def _is_site(parts: SplitResult) -> bool:
    """Return whether it has a host in ASCII form (`xn--…`), a valid port, and no credentials: the host of
    `https://bank.example@evil.example` is evil.example.
    """
    try:
        port = parts.port
    except ValueError:
        return False
    host = parts.netloc.removesuffix(f":{port}") if port is not None else parts.netloc.removesuffix(":")
    return port != 0 and _HOST.fullmatch(host) is not None
