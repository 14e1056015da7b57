"""The two supported translation services: LibreTranslate (docs.libretranslate.com) and DeepL (developers.deepl.com/docs). Both translate
fragments of HTML.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from core.config import config
from core.errors import Unavailable
from core.http import FetchError, MalformedJson, operators_client
from core.http.json import decode
from core.logs import get_logger

log = get_logger(__name__)

_TIMEOUT_S = 20.0
_MAX_ANSWER = 500_000  # bytes
_MAX_LANGUAGES = 500


class Translated(msgspec.Struct, frozen=True):
    """Translated fragments of HTML in the given order, and the detected language; empty if the service does not state it."""

    fragments: list[str]
    language: str = ""


def is_deepl() -> bool:
    host = urlsplit(config().translation_url).hostname or ""
    return host == "deepl.com" or host.endswith(".deepl.com")


def provider() -> str:
    """Return the name shown to readers."""
    return "DeepL.com" if is_deepl() else "LibreTranslate"


async def translate(fragments: Sequence[str], *, source: str, target: str) -> Translated:
    """Translate fragments of HTML. With an empty `source` the service detects it. Raises Unavailable. No connection may be held."""
    if is_deepl():
        wanted: dict[str, Any] = {"text": fragments, "target_lang": target.upper(), "tag_handling": "html"}
        answer = await _ask("/v2/translate", wanted | ({"source_lang": source.upper()} if source else {}))
        rows = _list(_get(answer, "translations"))
        found = [_text(_get(row, "text")) for row in rows]
        language = _text(_get(rows[0], "detected_source_language")).lower() if rows else ""
    else:
        wanted = {"q": fragments, "source": source or "auto", "target": target, "format": "html"}
        answer = await _ask("/translate", wanted | _key())
        found = [_text(one) for one in _list(_get(answer, "translatedText"))]
        detected = answer.get("detectedLanguage")
        guesses = detected if isinstance(detected, list) else [detected]
        language = str(guesses[0]["language"]) if guesses and isinstance(guesses[0], dict) else source
    if len(found) != len(fragments):
        raise _unusable(f"{len(found)} texts for {len(fragments)}")
    return Translated(found, language)


async def languages() -> dict[str, list[str]]:
    """Return each source language with its target languages. Raises Unavailable."""
    if is_deepl():
        sources, targets = [
            _codes(await _ask(f"/v2/languages?{urlencode({'type': kind})}")) for kind in ("source", "target")
        ]
        return {source: [one for one in targets if one != source] for source in sources}
    rows = _list(await _ask("/languages"))[:_MAX_LANGUAGES]
    return {
        _text(_get(row, "code")): [_text(one) for one in _list(_get(row, "targets"))[:_MAX_LANGUAGES]]
        for row in rows
    }


def _codes(rows: Any) -> list[str]:
    """Return DeepL's languages without regions, which posts don't have."""
    found = (_text(_get(row, "language")).lower().partition("-")[0] for row in _list(rows)[:_MAX_LANGUAGES])
    return list(dict.fromkeys(found))


def _key() -> dict[str, str]:
    return {"api_key": config().translation_key} if config().translation_key else {}


async def _ask(path: str, body: dict[str, Any] | None = None) -> Any:
    headers = {"Accept": "application/json"}
    if is_deepl():
        headers["Authorization"] = f"DeepL-Auth-Key {config().translation_key}"
    http, url = operators_client(), config().translation_url + path
    try:
        if body is None:
            answer = await http.get(
                url, headers=headers, redirects=0, timeout_s=_TIMEOUT_S, max_bytes=_MAX_ANSWER
            )
        else:
            headers["Content-Type"] = "application/json"
            answer = await http.post(
                url, msgspec.json.encode(body), headers, timeout_s=_TIMEOUT_S, max_bytes=_MAX_ANSWER
            )
        if not answer.is_success:
            raise _unusable(f"status {answer.status}: {answer.body[:200].decode(errors='replace')}")
        return decode(answer.body)
    except (FetchError, MalformedJson) as error:
        raise _unusable(error.detail or error.sentence) from error


def _get(value: Any, name: str) -> Any:
    if not isinstance(value, dict) or name not in value:
        raise _unusable(f"an answer without {name}")
    return value[name]


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _unusable("an answer of another shape")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _unusable("an answer of another shape")
    return value


def _unusable(detail: str) -> Unavailable:
    log.warning("translation.failed", service=provider(), detail=detail[:300])
    return Unavailable(code="translation_failed", detail=detail)
