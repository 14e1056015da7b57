"""Static files, held in memory and served under names with a hash of their content, so that browsers cache them forever.

They come from STATICFILES_DIRS and from the packages named here; a few hundred kilobytes in total, so nothing needs to be collected,
copied or served by another program.
"""

import gzip
import hashlib
import importlib.util
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse

from core.asgi.application import Next
from core.asgi.failures import respond
from core.asgi.request import Request
from core.errors import NotFound
from core.languages import LANGUAGES
from core.pages.modules import Modules
from core.pages.scripts import words_script

# our name for a file → (the package that ships it, its path there): templates need not know the version
FROM_PACKAGES = {"django_htmx/htmx.min.js": ("django_htmx", "static/django_htmx/htmx-2.min.js")}
PREFIX = "/static/"
_WORDS = "js/words/"
_LEARNING = "js/site.js"  # the script that takes the words
_KINDS = {
    "css": "text/css",
    "ico": "image/x-icon",
    "js": "text/javascript",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain",
    "webmanifest": "application/manifest+json",
    "webp": "image/webp",
    "woff2": "font/woff2",
}
_TEXT = ("text/", "application/manifest+json", "image/svg+xml")
_IMPORT_IN_CSS = re.compile(rb'@import "([^"]+)";')
_URL_IN_CSS = re.compile(rb"url\(\s*['\"]?(?!data:|https?:|/|#)([^'\")?#]+)['\"]?\s*\)")
_STRING = rb"(\"[^\"\n]*\"|'[^'\n]*')"
_COMMENT_IN_CSS = re.compile(_STRING + rb"|/\*.*?\*/", re.DOTALL)
_SPARE_IN_CSS = re.compile(_STRING + rb"|(:)\s+|\s*;?\s*(\})\s*|\s*([{;,>])\s*|\s+")
# of our own scripts, in which no text runs over several lines
_SPARE_IN_JS = re.compile(rb"^[ \t]*(?://[^\n]*)?\n|^[ \t]+", re.MULTILINE)
_IMMUTABLE = "public, max-age=31536000, immutable"
_BRIEFLY = "public, max-age=300"  # for requests of the plain name


@dataclass(frozen=True)
class Asset:
    """One file: its hashed URL, its content plain and gzipped (empty if that does not make it smaller)."""

    url: str
    content_type: str
    tag: str
    body: bytes
    gzipped: bytes


class Assets:
    """All static files of this process, by plain name ("css/site.css") and by URL path."""

    def __init__(self, folders: list[Path], files: dict[str, Path] | None = None) -> None:
        self._sources: dict[str, Path] = dict(files or {})
        for folder in folders:
            for name, path in _files(folder):
                self._sources.setdefault(name, path)
        scripts = {
            name: _SPARE_IN_JS.sub(b"", path.read_bytes())
            for name, path in self._sources.items()
            if name.startswith("js/")
        }
        self._modules = Modules(scripts, self._url_within)
        self._by_name: dict[str, Asset] = {}
        self.by_path: dict[str, Asset] = {}
        for name in self._sources:
            self._load(name, ())

    def url(self, name: str) -> str:
        """Return the hashed URL of a file. Raises KeyError with the names that exist."""
        try:
            return self._by_name[name].url
        except KeyError:
            raise KeyError(
                f"No static file {name!r}; there are: {', '.join(sorted(self._by_name))}"
            ) from None

    def words_url(self, language: str) -> str:
        """Return the URL of the script with our scripts' texts in a language, empty if there is none. It is generated on first use."""
        name = f"{_WORDS}{language}.js"
        if name not in self._by_name:
            scripts = [path.read_text() for name, path in self._sources.items() if name.startswith("js/")]
            self._add(name, words_script(language, scripts, self.url(_LEARNING)))
        return self._by_name[name].url if self._by_name[name].body else ""

    def needed(self, name: str) -> list[str]:
        """Return the URLs of what a script imports: a page can ask for them at the same time as for the script."""
        return [self.url(one) for one in self._modules.needed(name)]

    def find(self, path: str) -> Asset | None:
        """Return the file at a URL path."""
        language = path.removeprefix(PREFIX + _WORDS).partition(".")[0]
        if path.startswith(PREFIX + _WORDS) and language in LANGUAGES:
            self.words_url(language)  # requested by a page rendered before a restart
        return self.by_path.get(path)

    def _load(self, name: str, loading: tuple[str, ...]) -> Asset:
        if name in self._by_name:
            return self._by_name[name]
        if name in loading:
            raise ValueError(f"Style sheets import each other: {' → '.join((*loading, name))}")
        if name.startswith("js/"):
            return self._add(name, self._modules.body(name), self._modules.digest(name))
        return self._add(name, self._body_of(name, loading))

    def _url_within(self, name: str) -> str:
        """Return the URL of a file that a script names, which may not be loaded yet; empty if there is none."""
        if name not in self._sources:
            return ""
        return _url(name, self._modules.digest(name)) if name.startswith("js/") else self._load(name, ()).url

    def _body_of(self, name: str, loading: tuple[str, ...]) -> bytes:
        body = self._sources[name].read_bytes()
        if name.endswith(".css"):
            body = _slim(_IMPORT_IN_CSS.sub(lambda found: self._imported(name, found), body))
            return _URL_IN_CSS.sub(lambda found: self._link(name, found, (*loading, name)), body)
        return body

    def _add(self, name: str, body: bytes, digest: str = "") -> Asset:
        digest = (digest or hashlib.sha256(body).hexdigest())[:12]
        ending = name.rpartition(".")[2]
        kind = _KINDS.get(ending, "application/octet-stream")
        text = kind.startswith(_TEXT)
        packed = gzip.compress(body, 9, mtime=0) if text else b""
        asset = Asset(
            url=_url(name, digest),
            content_type=f"{kind}; charset=utf-8" if text else kind,
            tag=f'"{digest}"',
            body=body,
            gzipped=packed if len(packed) < len(body) else b"",
        )
        self._by_name[name] = self.by_path[asset.url] = self.by_path[PREFIX + name] = asset
        return asset

    def _imported(self, name: str, found: re.Match[bytes]) -> bytes:
        """Replace `@import "site/posts.css";` by that file: many small sources, one request."""
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(name), found[1].decode()))
        return self._sources[wanted].read_bytes()

    def _link(self, name: str, found: re.Match[bytes], loading: tuple[str, ...]) -> bytes:
        """Replace `url(../img/x.svg)` in a style sheet by `url("/static/img/x.<hash>.svg")`."""
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(name), found[1].decode()))
        if wanted not in self._sources:
            return found[0]
        return f'url("{self._load(wanted, loading).url}")'.encode()


def _url(name: str, digest: str) -> str:
    mark = digest[:6]  # part of each icon's URL, 125 times in a page of posts
    stem, dot, ending = name.rpartition(".")
    return f"{PREFIX}{stem}.{mark}.{ending}" if dot else f"{PREFIX}{name}.{mark}"


def _slim(css: bytes) -> bytes:
    """Return a style sheet without comments and unnecessary whitespace and semicolons."""
    css = _COMMENT_IN_CSS.sub(lambda found: found[1] or b"", css)
    return _SPARE_IN_CSS.sub(lambda found: next(filter(None, found.groups()), b" "), css).strip()


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield path.relative_to(folder).as_posix(), path


@cache
def assets() -> Assets:
    """Return the static files, read at the first call."""
    files = {}
    for name, (package, path) in FROM_PACKAGES.items():
        found = importlib.util.find_spec(package)
        if found is None or not found.origin:
            raise ImproperlyConfigured(f"The package {package} is missing; it ships {name}.")
        files[name] = Path(found.origin).parent / path
    return Assets([Path(folder) for folder in settings.STATICFILES_DIRS], files)


async def static_files(request: Request, call: Next) -> HttpResponse:
    """Return the link of the chain that serves /static/… before anything else."""
    if not request.path.startswith(PREFIX):
        return await call(request)
    asset = assets().find(request.path)
    if asset is None or request.method not in {"GET", "HEAD"}:
        return respond(request, NotFound())
    headers = {
        "Content-Type": asset.content_type,
        "Cache-Control": _IMMUTABLE if request.path == asset.url else _BRIEFLY,
        "ETag": asset.tag,
        "X-Content-Type-Options": "nosniff",
        "Access-Control-Allow-Origin": "*",
        "Vary": "Accept-Encoding",
    }
    if asset.tag in request.META.get("HTTP_IF_NONE_MATCH", ""):
        return HttpResponse(status=304, headers=headers)
    body = asset.body
    if asset.gzipped and "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", ""):
        body = asset.gzipped
        headers["Content-Encoding"] = "gzip"
    return HttpResponse(body, headers=headers)
