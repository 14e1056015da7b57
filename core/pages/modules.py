"""Our scripts as ES modules: their imports lead to names with a hash, and what is a part of another is put in there.

The sources run in a browser as they are. `import { t } from "./site.js"` and `import("./viewer.js")` get the hashed URL, and so does a string
with the whole path of a file, such as "/static/css/parts/media.css". What a script imports without names from the folder that is called as
it is (`import "./site/menus.js"` in site.js) is a part of it, which needs no request of its own: it is put in there as a block, with its
imports on top. A part exports nothing.

The hash of a script is that of its source and of all sources it can reach, so scripts may import each other in a circle. As site.js reaches
nearly all of them, a change of one gives new URLs to most; a map of imports, which would not, has to be inline, and our policy forbids that.
"""

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping

_STATIC = re.compile(rb'^import (?:\{ ([^}]*) \} from )?"(\.[^"\n]+)";[^\n]*\n', re.MULTILINE)
_LAZY = re.compile(rb'(?<![\w.])import\("(\.[^"\n]+)"\)')
_PATH = re.compile(rb'"/static/([^"\n]+\.\w+)"')


class Modules:
    """The scripts among the static files: their sources by name, without spare whitespace. `url_of` gives the hashed URL of any file."""

    def __init__(self, sources: Mapping[str, bytes], url_of: Callable[[str], str]) -> None:
        self._sources = sources
        self._url_of = url_of

    def digest(self, name: str) -> str:
        """Return the hash of a script, and of all that it can reach."""
        reached, waiting = set[str](), [name]
        while waiting:
            one = waiting.pop()
            if one not in reached:
                reached.add(one)
                waiting += self._named_in(one)
        of_each = (
            self._text(one) if one.endswith(".js") else self._url_of(one).encode() for one in sorted(reached)
        )
        return hashlib.sha256(b"\0".join(of_each)).hexdigest()

    def body(self, name: str) -> bytes:
        """Return a script as it is sent."""
        imports: dict[str, set[str]] = {}
        text = self._whole(name, imports, name)
        head = [
            f'import {f"{{{','.join(sorted(names))}}} from " if names else ""}"{self._url_of(target)}";\n'
            for target, names in imports.items()
        ]
        return "".join(head).encode() + text

    def needed(self, name: str) -> list[str]:
        """Return the scripts that have to be there before this one runs, itself left out: a page can ask for them at the same time."""
        found, waiting = dict[str, None](), [name]
        while waiting:
            imports: dict[str, set[str]] = {}
            self._whole(waiting.pop(), imports, name)
            waiting += [one for one in imports if one not in found]
            found |= dict.fromkeys(imports)
        return [one for one in found if one != name]

    def _whole(self, name: str, imports: dict[str, set[str]], into: str) -> bytes:
        """Return the text of a script with its parts in it; what else they import is added to `imports`."""
        parts = []

        def take(found: re.Match[bytes]) -> bytes:
            target, names = _beside(name, found[2]), found[1]
            if names is None and target.startswith(f"{name.removesuffix('.js')}/"):
                part = self._whole(target, imports, into)
                if b"\nexport " in b"\n" + part:
                    raise ValueError(f"{target} is a part of {name}, and exports something")
                parts.append(b"{\n" + part + b"}\n")
            elif target != into:
                imports.setdefault(target, set()).update(names.decode().split(", ") if names else ())
            return b""

        text = _STATIC.sub(take, self._text(name))
        text = _LAZY.sub(lambda found: f'import("{self._url_of(_beside(name, found[1]))}")'.encode(), text)
        text = _PATH.sub(self._linked, text)
        return b"".join(parts) + text

    def _linked(self, found: re.Match[bytes]) -> bytes:
        url = self._url_of(found[1].decode())
        return f'"{url}"'.encode() if url else found[0]

    def _named_in(self, name: str) -> Iterator[str]:
        """Yield the files that a script names."""
        if not name.endswith(".js"):
            return
        text = self._text(name)
        yield from (_beside(name, found[2]) for found in _STATIC.finditer(text))
        yield from (_beside(name, found[1]) for found in _LAZY.finditer(text))
        yield from (found[1].decode() for found in _PATH.finditer(text))

    def _text(self, name: str) -> bytes:
        try:
            return self._sources[name]
        except KeyError:
            raise ValueError(f"A script imports {name}, which isn't there") from None


def _beside(name: str, address: bytes) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), address.decode()))
