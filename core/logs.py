"""Structured logs: one event per line, with fields instead of sentences. Logged text can't break or forge a line.

`log = get_logger(__name__)`, then `log.info("delivery.failed", host=host, ms=12)`. Library logging uses the same formatter.
"""

import datetime as dt
import json
import logging
import re
import sys
import time
import traceback
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import IO, Any

request_id: ContextVar[str] = ContextVar("request_id", default="")
identity: ContextVar[str] = ContextVar("identity", default="")

type Groups = tuple[Mapping[str, Any], ...]

_MAX_LENGTH = 4000  # characters of one value
_SHORT = 250
_SECRET = re.compile(
    r"(?:^|[_\-.])(?:tokens?|secrets?|keys?|authorization|cookies?|signature)$|passw|secret|authoriz",
    re.IGNORECASE,
)
_BARE = re.compile(r"[^\s\"'=\\\[\]{}]+")
_PLAIN = re.compile(r"[!#-&(-<>-Z^-z|~]+")  # ASCII characters that need no quoting: most values match at once
HIDDEN = "[hidden]"


def escape(text: str) -> str:
    r"""Return `text` with line breaks, control, format and bidirectional characters and lone surrogates written out (`\n`, `\u202e`)."""
    if len(text) > _MAX_LENGTH:
        text = text[:_MAX_LENGTH] + "…"
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(c if c.isprintable() and c != "\\" else c.encode("unicode_escape").decode() for c in text)


@lru_cache(512)  # the same names are logged again and again
def is_secret_field(key: str) -> bool:
    """Return whether a field of this name holds a secret."""
    return _SECRET.search(key) is not None


@lru_cache(512)
def _label(key: str) -> tuple[str, bool]:
    """Return the key in the form in which it is logged, and whether its value may be logged."""
    return f" {escape(key)}=", not is_secret_field(key)


def _clean(key: str, value: Any, depth: int = 0) -> Any:
    """Return `value` as plain JSON types with secrets hidden."""
    if is_secret_field(key) and value not in (None, "", False, True):
        return HIDDEN
    if isinstance(value, str):
        return value[: _MAX_LENGTH + 1]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, dict) and depth < 3:
        return {str(k): _clean(str(k), v, depth + 1) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)) and depth < 3:
        return [_clean("", v, depth + 1) for v in value]
    if isinstance(value, bytes):
        return value[:_MAX_LENGTH].decode("utf-8", "backslashreplace")
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, BaseException):
        return _told(value)[: _MAX_LENGTH + 1]
    return str(value)[: _MAX_LENGTH + 1]


def _told(error: BaseException) -> str:
    """Return the class and text of an error, with a Problem's private detail. Many have no text, such as TimeoutError."""
    parts = (type(error).__name__, str(error), getattr(error, "detail", ""))
    return ": ".join(part for part in parts if isinstance(part, str) and part)


def _error_fields(error: BaseException) -> dict[str, Any]:
    """Return the error, what caused it, and where: the innermost frames first, each `file:line function`."""
    fields: dict[str, Any] = {"error": _told(error)}
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        fields["cause"] = _told(cause)
    frames = traceback.extract_tb(error.__traceback__)[-12:]
    if frames:
        fields["where"] = " < ".join(f"{_short(f.filename)}:{f.lineno} {f.name}" for f in reversed(frames))
    return fields


def _short(path: str) -> str:
    parts = path.replace("\\", "/").rsplit("/", 3)
    return "/".join(parts[-2:])


class MultilineText(str):
    """A text for readers of a terminal log: printed below its event, line by line, indented so that no line looks like an event."""

    __slots__ = ()


_MAX_LINES = 200


class Fixed(dict[str, Any]):
    """Fields shared by many lines, rendered once. Must not be changed."""

    __slots__ = ("text",)

    def __init__(self, **fields: Any) -> None:
        super().__init__(fields)
        self.text = _fields_text(fields, [])


class _Event(logging.LogRecord):
    """A record without the parts that our formatter does not show: collecting them takes the library 1 µs."""

    pathname = filename = module = funcName = ""
    lineno, msecs, relativeCreated = 0, 0.0, 0.0
    exc_text = stack_info = thread = threadName = processName = process = taskName = None
    args = ()

    def __init__(
        self, name: str, level: int, event: str, groups: Groups, error: BaseException | None
    ) -> None:
        self.name, self.levelno, self.levelname = name, level, logging.getLevelName(level)
        self.msg, self.groups = event, groups
        self.exc_info = None if error is None else (type(error), error, error.__traceback__)
        self.created = time.time()


class Formatter(logging.Formatter):
    """Renders a record as one line: `text` for a terminal, `json` for a collector."""

    def __init__(self, style: str) -> None:
        super().__init__()
        self._render = self._json if style == "json" else self._text

    def format(self, record: logging.LogRecord) -> str:
        groups: Groups | None = getattr(record, "groups", None)
        event = record.msg if groups is not None else record.name
        if groups is None:
            groups = ({"message": _message(record)},)
        more: dict[str, Any] = {}
        if record.exc_info and record.exc_info[1] is not None:
            more = _error_fields(record.exc_info[1])
        if rid := request_id.get():
            more["request"] = rid
        if who := identity.get():
            more["identity"] = who
        if more:
            groups = (_merged((*groups, more)),)
        return self._render(record, str(event), groups)

    def _text(self, record: logging.LogRecord, event: str, groups: Groups) -> str:
        below: list[str] = []
        start = f"{_timestamp(record.created)} {record.levelname:<7} {escape(event)}"
        fields = [group.text if type(group) is Fixed else _fields_text(group, below) for group in groups]
        return "".join((start, *fields, *below))

    def _json(self, record: logging.LogRecord, event: str, groups: Groups) -> str:
        line = {"time": _timestamp(record.created), "level": record.levelname.lower(), "event": event}
        for key, value in _merged(groups).items():
            line[key if key not in line else f"{key}_"] = _clean(str(key), value)
        return json.dumps(
            line, ensure_ascii=True
        )  # ASCII: no format or bidirectional character reaches a terminal


def _merged(groups: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {key: value for group in groups for key, value in group.items()}


def _fields_text(fields: Mapping[str, Any], below: list[str]) -> str:
    """Render the fields, each preceded by a space. Lines of multi-line values are added to `below`."""
    parts = []
    for key, value in fields.items():
        label, is_shown = _label(str(key))
        if is_shown and type(value) is str and len(value) <= _MAX_LENGTH and _PLAIN.fullmatch(value):
            parts.append(label + value)
        elif is_shown and type(value) is str and len(value) <= _SHORT:
            parts.append(label + _short_text(value))
        elif is_shown and type(value) is int:
            parts.append(f"{label}{value}")
        elif is_shown and type(value) is float:
            parts.append(f"{label}{value:.6g}")
        elif is_shown and isinstance(value, MultilineText):
            below += [f"\n    {escape(line)}".rstrip() or "\n" for line in value.split("\n")[:_MAX_LINES]]
        else:
            parts.append(label + _text_value(_clean(str(key), value)))
    return "".join(parts)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return str(record.msg)


def _timestamp(seconds: float) -> str:
    whole = int(seconds)
    return f"{_second(whole)}.{min(int((seconds - whole) * 1e6 + 0.5) // 1000, 999):03d}Z"


@lru_cache(2)
def _second(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat()[:19]


@lru_cache(512)  # user agents above all
def _short_text(value: str) -> str:
    return _text_value(value)


def _text_value(value: Any) -> str:
    if isinstance(value, str):
        text = escape(value)
    elif isinstance(value, (dict, list)):
        text = escape(json.dumps(value, ensure_ascii=False, default=str))
    elif isinstance(value, float):
        return f"{value:.6g}"
    else:
        return str(value)
    if _BARE.fullmatch(text):
        return text
    return '"' + text.replace('"', '\\"') + '"'


class Logger:
    """An event name and fields, at four levels."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def _log(self, level: int, event: str, groups: Groups, error: BaseException | None = None) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.handle(_Event(self._logger.name, level, event, groups, error))

    def debug(self, event: str, /, **fields: Any) -> None:
        self._log(logging.DEBUG, event, (fields,))

    def info(self, event: str, /, **fields: Any) -> None:
        self._log(logging.INFO, event, (fields,))

    def info_of(self, event: str, /, *groups: Mapping[str, Any]) -> None:
        """Log the event with the fields of all `groups`, whose keys must be distinct."""
        self._log(logging.INFO, event, groups)

    def warning(self, event: str, /, **fields: Any) -> None:
        self._log(logging.WARNING, event, (fields,))

    def error(self, event: str, /, **fields: Any) -> None:
        self._log(logging.ERROR, event, (fields,))

    def exception(self, event: str, /, **fields: Any) -> None:
        """Log the event with the error being handled, its causes and its traceback. For use in an `except` block."""
        self._log(logging.ERROR, event, (fields,), sys.exception())

    def failure(self, event: str, cause: BaseException, /, **fields: Any) -> None:
        """Log an event about the given error."""
        self._log(logging.ERROR, event, (fields,), cause)


class _Handler(logging.StreamHandler[IO[str]]):
    """Flushes after each line unless the stream does so itself, as stderr does."""

    def flush(self) -> None:
        if not getattr(self.stream, "line_buffering", False):
            super().flush()


def get_logger(name: str) -> Logger:
    """Return the logger of a module: `get_logger(__name__)`."""
    return Logger(name)


def configure(style: str, level: str, stream: IO[str] | None = None) -> None:
    """Write all logs of the process with our formatter to `stream` (default stderr). May be called again."""
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.logAsyncioTasks = False  # type: ignore[attr-defined]
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(Formatter(style))
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h.formatter, Formatter)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi", "django", "asyncio"):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
        library.setLevel(logging.NOTSET)
    logging.getLogger("uvicorn.access").propagate = False  # our own access log says more
    # django.template logs each missing variable with the whole context, which may contain sign-in links
    for name in ("httpx", "psycopg.pool", "uvicorn.error", "django.template"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
