"""`{% post_row post %}`: a post of a timeline, rendered once for all readers to whom it looks the same, in each language.

Rendering a row takes twenty times as long as a cache hit. Nothing needs invalidation: the key is derived from all values that its
templates get, and they get nothing else.
"""

import re
from collections import OrderedDict
from hashlib import blake2b
from typing import NamedTuple

import msgspec
from django import template
from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from activities.posts.queries.views import PostView
from core.asgi.request import Request
from core.server_state import PerServer
from federation.peers import version_of_policies
from users.domains.models import Domain
from users.identities.models import Identity
from users.logins.access import speaker
from web.templatetags.times import ago

register = template.Library()

_TEMPLATE = "posts/_post.html"
_MOST_BYTES = 1_500_000  # of a web process: about 600 rows
_LONGEST_ROW = 20_000
_EMPTY_LINES = re.compile(r">\n{2,}")  # a ">" in users' text is escaped: this matches only between elements


class Reader(NamedTuple):
    """The part of a reader on which a row may depend. `pk` is 0 for readers who are neither the author nor mentioned."""

    pk: int
    opens_warnings: bool
    expands_media: str


class _Page(NamedTuple):
    """A substitute for the request in the templates of a row."""

    identity: Reader | None
    domain: Domain | None


class _Rows:
    """Rendered rows in UTF-8 by the digest of their input; least recently used ones are dropped first."""

    def __init__(self) -> None:
        self._rows: OrderedDict[bytes, bytes] = OrderedDict()
        self._size = 0

    def get(self, key: bytes) -> str | None:
        found = self._rows.get(key)
        if found is None:
            return None
        self._rows.move_to_end(key)
        return found.decode()

    def keep(self, key: bytes, row: str) -> None:
        data = row.encode()
        if len(data) > _LONGEST_ROW or key in self._rows:
            return
        self._rows[key] = data
        self._size += len(data)
        while self._size > _MOST_BYTES:
            _, oldest = self._rows.popitem(last=False)
            self._size -= len(oldest)


_rows: PerServer[_Rows] = PerServer(_Rows)
_encode = msgspec.msgpack.Encoder().encode


@register.simple_tag(takes_context=True)
def post_row(context: Context, post: PostView) -> SafeString:
    """Render a post as a row of a timeline. `at` of the context distinguishes the ids of columns."""
    request: Request = context["request"]
    at = context.get("at", "")
    if not _is_shared(post):
        return _render(context.flatten(), post)
    reader, domain = _reader(request.identity, post), request.domain
    times = _words_of_time(post)
    seen = (
        post,
        reader,
        domain.pk if domain else 0,
        times,
        get_language(),
        at,
        version_of_policies(),
        _login(post),
    )
    key = blake2b(_encode(seen), digest_size=32).digest()
    rows = _rows()
    row = rows.get(key)
    if row is None:
        row = _render({"request": _Page(reader, domain), "at": at}, post)
        rows.keep(key, row)
    return mark_safe(row)  # noqa: S308  # rendered by a template


def _login(post: PostView) -> int:
    """Return the login that reads a post of an identity that it shares, whose row says "you" to one of them; 0 for all other posts."""
    has_writer = post.writer is not None or post.shown.writer is not None
    return now.user_id if has_writer and (now := speaker()) is not None else 0


def _is_shared(post: PostView) -> bool:
    """Return whether a row contains no form, which has a token and a link back to the page."""
    return post.shown.question is None and not post.shown.reactions


def _render(given: dict[str, object], post: PostView) -> SafeString:
    row = get_template(_TEMPLATE).template.render(Context({**given, "post": post}))
    if "<pre" in row:
        return row
    # empty lines of absent parts: a tenth of a short post
    return mark_safe(_EMPTY_LINES.sub(">\n", row))  # noqa: S308  # rendered by a template


def _reader(identity: Identity | None, post: PostView) -> Reader | None:
    if identity is None:
        return None
    is_concerned = any(_concerns(one, identity.pk) for one in (post, post.boost_of, post.shown.quote) if one)
    return Reader(identity.pk if is_concerned else 0, identity.opens_warnings, identity.expands_media)


def _concerns(post: PostView, pk: int) -> bool:
    return pk in (post.author_id, post.in_reply_to_author_id) or any(one.id == pk for one in post.mentions)


def _words_of_time(post: PostView) -> tuple[str, ...]:
    """Return the relative times of a row's posts, as rendered in it."""
    shown = post.shown
    return (ago(shown.created_at), ago(shown.quote.created_at) if shown.quote else "")
