"""The preview card of a post: that of its first link. It is shared by all posts with that link; the worker fetches it."""

import datetime as dt
import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import msgspec

from activities.posts.models import Post
from core.db import sql
from core.hosts.names import normal_authority
from core.texts.html_tags import read_links
from federation.peers import host_of
from users.domains.queries import is_local_host

REFRESH_AFTER = dt.timedelta(days=14)
FETCH_SPREAD_S = 60  # every server that receives a post fetches the linked page: spread the requests

_MAX_CHARS = 2000  # of an address
_NO_CARD = {"mention", "hashtag", "u-url"}


def first_link(html: str) -> str:
    """Return the first link of sanitised HTML that is neither a mention nor a hashtag, without its fragment; empty if there is none."""
    return next(links_of(html), "")


def links_of(html: str) -> Iterator[str]:
    """Yield the links of sanitised HTML that are neither mentions nor hashtags, without their fragments."""
    for link in read_links(html):
        if _NO_CARD & link.classes or "tag" in link.relations or len(link.href) > _MAX_CHARS:
            continue
        try:
            parts = urlsplit(link.href)
            host = normal_authority(parts.netloc)
        except ValueError:  # not fetchable, or with credentials before the host: try the next link
            continue
        if host and parts.scheme.lower() in ("https", "http"):
            yield urlunsplit((parts.scheme.lower(), host, parts.path or "/", parts.query, ""))


async def card_for(content: str, *, spread: bool = False) -> int | None:
    """Return the card of the first link in a post's HTML, which is shown once it is fetched; None without a link. In a transaction.

    A URL that is new, or was fetched long ago, is fetched: within FETCH_SPREAD_S seconds for a post that other servers received, too.
    """
    url = first_link(content)
    host = host_of(url) if url else ""
    if not url or not host or await is_local_host(host):
        return None
    wait = dt.timedelta(seconds=secrets.randbelow(FETCH_SPREAD_S) if spread else 0)
    card_id: int = await sql.value(
        """INSERT INTO activities_previewcard AS k (url, host, type, title, description, language, author_name, author_url,
                   provider_name, provider_url, html, embed_url, width, height, image_url, image_description, created_at,
                   state, state_due_at)
               VALUES (%(url)s, %(host)s, 'link', '', '', '', '', '', '', '', '', '', 0, 0, '', '', now(), 'new', now() + %(wait)s)
               ON CONFLICT (url) DO UPDATE SET
                   state = CASE WHEN k.fetched_at < now() - %(old)s THEN 'new' ELSE k.state END,
                   state_due_at = CASE WHEN k.fetched_at < now() - %(old)s THEN now() + %(wait)s ELSE k.state_due_at END
               RETURNING id""",
        {"url": url, "host": host[:255], "wait": wait, "old": REFRESH_AFTER},
    )
    return card_id


async def link_card(post: Post, *, spread: bool = False, has_media: bool = False) -> None:
    """Set the post's card to that of its first link, or to none.

    Beside media only the front page of its own server has one: so live streams are announced (Owncast).
    """
    is_wanted = not has_media or _leads_to_own_server(post)
    card_id = await card_for(post.content, spread=spread) if is_wanted else None
    if card_id != post.card_id:
        post.card_id = card_id
        await post.asave(update_fields=["card"])


def _leads_to_own_server(post: Post) -> bool:
    link = first_link(post.content)
    parts = urlsplit(link)
    return bool(link) and parts.path == "/" and not parts.query and host_of(link) == host_of(post.uri)


class CardFields(msgspec.Struct, frozen=True):
    """The fields read from a page; see previews/models.py."""

    type: str = "link"
    title: str = ""
    description: str = ""
    language: str = ""
    author_name: str = ""
    author_url: str = ""
    provider_name: str = ""
    provider_url: str = ""
    html: str = ""
    embed_url: str = ""
    width: int = 0
    height: int = 0
    image_url: str = ""
    image_description: str = ""
    published_at: dt.datetime | None = None
    document_url: str = ""
    creator_id: int | None = None


async def store_card(card_id: int, fields: CardFields) -> None:
    values = msgspec.structs.asdict(fields)
    await sql.run(
        f"""UPDATE activities_previewcard SET {", ".join(f"{name} = %({name})s" for name in values)}, fetched_at = now()
            WHERE id = %(card)s""",
        {**values, "card": card_id},
    )
