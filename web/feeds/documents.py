"""Feeds as RSS 2.0 and as Atom (RFC 4287). Imported on first use: with XML it takes 0.7 MB."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.feedgenerator import Atom1Feed, Enclosure, Rss201rev2Feed, SyndicationFeed
from django.utils.html import escape
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.utils.xmlutils import SimplerXMLGenerator

from activities.posts.queries.views import AttachmentView, PostView
from federation.media.addresses import proxied_url
from federation.models import RemoteFileKind
from users.domains.models import Domain
from web.paths import post_path
from web.templatetags.takahe import plain

CONTENT_TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml"}
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_TITLE_LENGTH = 80
_NAMESPACE = {"xmlns:media": "http://search.yahoo.com/mrss/"}
_MEDIA = {"image": "image", "gifv": "video", "video": "video", "audio": "audio"}


class Head(NamedTuple):
    """The head of a feed. `link` is the page with the same posts, `address` the feed's own URL."""

    title: str
    link: str
    address: str
    words: str = ""


def _latest(feed: SyndicationFeed) -> dt.datetime:
    """Return when the newest post was written; for an empty feed a constant, so that the document does not change."""
    return max((item["updateddate"] for item in feed.items), default=_LONG_AGO)


class _File(NamedTuple):
    """A file of a post. `size` is 0 if it is unknown."""

    address: str
    size: int
    shown: AttachmentView


def _add_media(handler: SimplerXMLGenerator, files: Sequence[_File]) -> None:
    """Write Yahoo's elements for media, which have a description and the dimensions."""
    for address, size, file in files:
        facts = {"url": address, "type": file.media_type, "medium": _MEDIA.get(file.kind, "")}
        if size:
            facts["fileSize"] = str(size)
        if file.width and file.height:
            facts |= {"width": str(file.width), "height": str(file.height)}
        handler.startElement("media:content", {name: fact for name, fact in facts.items() if fact})
        if file.description:
            handler.addQuickElement("media:description", _clean(file.description), {"type": "plain"})
        handler.endElement("media:content")


class _Rss(Rss201rev2Feed):
    latest_post_date = _latest

    def rss_attributes(self) -> dict[str, str]:
        return {**super().rss_attributes(), **_NAMESPACE}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        # one per item, which must have a length
        enclosures = [Enclosure(one.address, str(one.size), _type(one)) for one in item["files"][:1]]
        super().add_item_elements(handler, {**item, "enclosures": enclosures})
        _add_media(handler, item["files"])


class _Atom(Atom1Feed):
    latest_post_date = _latest

    def root_attributes(self) -> dict[str, str]:
        return {**super().root_attributes(), **_NAMESPACE}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        for one in item["files"]:
            link = {"rel": "enclosure", "href": one.address, "type": _type(one)}
            if one.size:
                link["length"] = str(one.size)
            if one.shown.description:
                link["title"] = _clean(one.shown.description)
            handler.addQuickElement("link", "", link)
        _add_media(handler, item["files"])


def _type(file: _File) -> str:
    return file.shown.media_type or "application/octet-stream"


def modified_at(posts: Sequence[PostView]) -> dt.datetime | None:
    """Return when these posts last changed."""
    return max((one.shown.edited_at or one.created_at for one in posts), default=None)


def feed_document(
    kind: str, head: Head, posts: Sequence[PostView], domain: Domain, sizes: Mapping[int, int]
) -> bytes:
    """Write a feed. A post with a content warning has only the warning, because feed readers can't collapse content.

    `sizes` are the known sizes of files by attachment, in bytes.
    """
    shape = _Rss if kind == "rss" else _Atom
    feed = shape(
        title=_clean(head.title), link=head.link, description=_clean(head.words), feed_url=head.address
    )
    for post in posts:
        shown = post.shown
        path = post_path(domain, shown.author, shown.id)
        feed.add_item(
            title=_title(shown),
            link=path if path.startswith("http") else domain.base_url + path,
            unique_id=post.uri,
            unique_id_is_permalink=False,
            description=_text(shown),
            author_name=_clean(f"{shown.author.display_name} (@{shown.author.handle})"),
            author_link=shown.author.profile_url or shown.author.uri,
            pubdate=post.created_at,
            updateddate=shown.edited_at or post.created_at,
            categories=[tag.display_name for tag in shown.tags],
            files=_files(shown, domain, sizes),
        )
    return feed.writeString("utf-8").encode()


def _title(post: PostView) -> str:
    words = post.content_warning or post.title or plain(post.content)
    if words := _clean(Truncator(words).chars(_TITLE_LENGTH)):
        return words
    if post.attachments and post.attachments[0].kind == "image":
        return _("Picture by {name}").format(name=_clean(post.author.display_name))
    return pgettext("noun", "Post")


def _text(post: PostView) -> str:
    return _clean(f"<p>{escape(post.content_warning)}</p>" if post.content_warning else post.content)


def _files(post: PostView, domain: Domain, sizes: Mapping[int, int]) -> list[_File]:
    """Return the files of a post; none that a page would cover."""
    if post.content_warning or post.is_sensitive:
        return []
    found = [
        _File(
            proxied_url(one.url, RemoteFileKind.attachment, domain.base_url, owner=post.author.uri),
            sizes.get(one.id, 0),
            one,
        )
        for one in post.attachments
    ]
    return [one for one in found if one.address]


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("", text)
