"""Parsing of a remote post's document into a PostDocument. Pure. Servers write a property in many ways; invalid values are left out.

Reference: ActivityStreams 2.0 vocabulary; the properties that each software sends are in FEDERATION.md.
"""

import datetime as dt
from collections.abc import Mapping
from html import escape
from typing import Any

from activities.media.activitypub import is_file, parse_attachments
from activities.posts.activitypub.facts import parse_facts
from activities.posts.activitypub.notes import PUBLIC
from activities.posts.activitypub.policies import parse_policies, stated_approval
from activities.posts.activitypub.post_document import MentionInDocument, PostDocument
from activities.posts.markdown import markdown_to_html
from activities.posts.models import Interaction, PostType, Visibility
from activities.publishing.kinds import SHOWN_AT_THEIR_ID, as_shown, post_type
from core import clock
from core.errors import BadInput
from core.texts.html import sanitise, to_text
from core.texts.languages import normal_language
from core.texts.markup import to_html
from federation.documents import (
    as_id,
    as_list,
    flag,
    is_public,
    is_set,
    same_host,
    total_of,
    types_of,
)
from users.emojis.activitypub import parse_emojis
from users.identities.activitypub.parsing import html_of, storable, text, text_of, url_of

_MAX_CONTENT_LENGTH = 100_000
_MAX_MARKDOWN_LENGTH = 10_000  # of a video's description on PeerTube; 50,000 brackets would take seconds
_MAX_TITLE_LENGTH = 1000
_MAX_WARNING_LENGTH = 5000
_MAX_ADDRESSEES = 500
_MAX_MENTIONS = 100
_MAX_GROUPS = 10
_MAX_HASHTAGS = 50
_MAX_OPTIONS = 100
_PUBLIC_NAMES = frozenset({PUBLIC, "as:Public", "Public"})
_EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)


def is_post(document: object) -> bool:
    """Return whether a document has a type that is shown as a post."""
    return isinstance(document, Mapping) and post_type(document) is not None


def is_vote(document: Mapping[str, Any]) -> bool:
    """Return whether a Note has the form of a poll vote: a name, `inReplyTo`, and no text (snac2's is "<br>").

    One with text is also a vote, if its name is an option of the poll that it replies to.
    """
    return (
        may_be_vote(document)
        and not document.get("attachment")
        and not any(
            to_text(storable(content[:_MAX_CONTENT_LENGTH])).strip() for content in _contents(document)[:5]
        )
    )


def may_be_vote(document: Mapping[str, Any]) -> bool:
    """Return whether a Note has a name and is a reply."""
    return (
        "Note" in types_of(document) and bool(vote_name(document)) and bool(as_id(document.get("inReplyTo")))
    )


def vote_name(document: Mapping[str, Any]) -> str:
    """Return the option of a vote."""
    return text_of(document, "name")


def _contents(document: Mapping[str, Any]) -> list[str]:
    by_language = document.get("contentMap")
    values = [document.get("content"), *(by_language.values() if isinstance(by_language, Mapping) else ())]
    return [value for value in values if isinstance(value, str) and value]


def is_of_own_kind(document: object) -> bool:
    """Return whether a document's type is specific to its software.

    Such a document contains less than the one served to other software at its id.
    """
    return (
        isinstance(document, Mapping)
        and is_post(document)
        and not SHOWN_AT_THEIR_ID.intersection(types_of(document))
    )


def author_of(document: Mapping[str, Any]) -> str:
    """Return the first author on the post's own host; else the first one."""
    uri = as_id(document.get("id"))
    authors = [found for found in map(url_of, as_list(document.get("attributedTo"))) if found]
    people = [
        url_of(author)
        for author in as_list(document.get("attributedTo"))
        if isinstance(author, Mapping) and "Person" in types_of(author)
    ]
    candidates = [author for author in [*people, *authors] if author]
    return next((author for author in candidates if same_host(author, uri)), next(iter(candidates), ""))


def parse_post(
    document: Mapping[str, Any],
    *,
    author_followers_url: str = "",
    author_following_url: str = "",
    audience_of: Mapping[str, Any] | None = None,
) -> PostDocument:
    """Parse a post into plain values. `audience_of` is the activity around it, whose `to` and `cc` are used if it has none of its own.

    Raises BadInput, with the reason in its detail, if it can't be shown as a post.
    """
    document = as_shown(document)
    kind = post_type(document)
    uri, author_uri = url_of(document.get("id")), author_of(document)
    if kind is None:
        raise _refused(f"type {str(document.get('type'))[:50]!r} is not shown as a post")
    if not uri:
        raise _refused("no usable id")
    if not author_uri:
        raise _refused("no author")
    if not same_host(uri, author_uri):
        raise _refused("the author is of another server than the post")
    own = [name for name in ("to", "cc") if document.get(name)]
    visibility, addressed = _audience(
        document if own else audience_of or {}, author_uri, author_followers_url
    )
    if visibility <= Visibility.unlisted:  # it names the group (FEP-1b12) and does not extend the audience
        audience = as_list(document.get("audience"))[:_MAX_GROUPS]
        addressed = list(dict.fromkeys([*addressed, *filter(None, map(url_of, audience))]))
    language, content = _content(document)
    title = text(_in_one_language(document, "name", language), _MAX_TITLE_LENGTH)
    page = _page_url(document, uri)
    tags = [tag for tag in as_list(document.get("tag")) if isinstance(tag, Mapping)]
    facts = parse_facts(document, kind, content)
    if kind is not PostType.note:
        content = _with_link(content, _linked_page(document, kind) or page, uri, kind)
    return PostDocument(
        uri=uri,
        author_uri=author_uri,
        visibility=visibility,
        published=_time(document.get("published")) or clock.now(),
        url=page,
        type=kind,
        content_html=content or (f"<p>{escape(title)}</p>" if kind is PostType.note and title else ""),
        title=title if _has_title(document, kind, content, title) else "",
        summary=_warning(document, kind, language),
        is_sensitive=is_set(document.get("sensitive")),
        language=normal_language(language) if language else None,
        updated=_time(document.get("updated")),
        in_reply_to_uri=next(
            (found for found in map(url_of, as_list(document.get("inReplyTo"))) if found), ""
        ),
        addressed=addressed,
        mentions=_mentions(tags),
        hashtags=_hashtags(tags),
        emojis=parse_emojis(document),
        attachments=parse_attachments(document, kind),
        facts=facts,
        question=_question(document) if kind is PostType.question else None,
        quote_uri=_quote(document, uri),
        reply_approval_uri=stated_approval(Interaction.reply, document),
        quote_approval_uri=url_of(document.get("quoteAuthorization")),
        policies=parse_policies(
            document, followers_url=author_followers_url, following_url=author_following_url
        ),
        takes_replies=flag(document.get("commentsEnabled")),
        replies=total_of(document.get("replies")),
        boosts=total_of(document.get("shares")),
        likes=total_of(document.get("likes")),
    )


def _has_title(document: Mapping[str, Any], kind: PostType, content: str, title: str) -> bool:
    """Return whether the name is a title: for a Note only if it starts a thread (NodeBB, Discourse) and its text starts differently."""
    if kind is not PostType.note or "Review" in types_of(document):
        return kind is not PostType.question
    is_first = bool(content) and not as_list(document.get("inReplyTo"))
    return is_first and not to_text(content[: 2 * _MAX_TITLE_LENGTH]).strip().startswith(title)


def _refused(reason: str) -> BadInput:
    return BadInput(code="unusable_post", detail=f"post: {reason}")


def _audience(source: Mapping[str, Any], author_uri: str, followers_url: str) -> tuple[Visibility, list[str]]:
    """Return the visibility, and everyone addressed.

    If the author's followers collection is unknown, a collection with the usual name on the author's host counts as it.
    """
    to = [as_id(value) or value for value in as_list(source.get("to"))]
    cc = [as_id(value) or value for value in as_list(source.get("cc"))]
    everyone = [value for value in [*to, *cc] if isinstance(value, str)]
    collections = {followers_url} if followers_url else {f"{author_uri.rstrip('/')}/followers"}
    addressed = [
        uri
        for uri in dict.fromkeys(everyone)
        if uri not in _PUBLIC_NAMES and uri not in collections and url_of(uri)
    ]
    if not _PUBLIC_NAMES.isdisjoint(value for value in to if isinstance(value, str)):
        visibility = Visibility.public
    elif not _PUBLIC_NAMES.isdisjoint(value for value in cc if isinstance(value, str)):
        visibility = Visibility.unlisted
    elif not collections.isdisjoint(everyone):
        visibility = Visibility.followers
    else:
        visibility = Visibility.mentioned
    return visibility, addressed[:_MAX_ADDRESSEES]


def announce_visibility(activity: Mapping[str, Any], followers_url: str) -> Visibility:
    """Return the visibility of a boost; one without addressees is public."""
    to, cc = ([as_id(part) or part for part in as_list(activity.get(name))] for name in ("to", "cc"))
    everyone = [part for part in (*to, *cc) if isinstance(part, str)]
    if is_public(to) or not everyone:
        return Visibility.public
    if is_public(cc):
        return Visibility.unlisted
    return Visibility.followers if followers_url in everyone else Visibility.mentioned


def published_of(activity: Mapping[str, Any]) -> dt.datetime | None:
    """Return the stated time of a boost; None if there is none, or it lacks a time zone. At most a week ago."""
    value = activity.get("published")
    try:
        parsed = dt.datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if parsed is None or parsed.tzinfo is None:
        return None
    # an old boost would be sorted where nobody looks any more
    return max(parsed, clock.now() - dt.timedelta(days=7))


def _content(document: Mapping[str, Any]) -> tuple[str | None, str]:
    """Return the language and the sanitised HTML. The language is that of the contentMap's entry equal to the content, or its first."""
    content, by_language = document.get("content"), document.get("contentMap")
    pairs = by_language.items() if isinstance(by_language, Mapping) else ()
    usable = {key: value for key, value in pairs if isinstance(value, str) and _is_language(key)}
    if not isinstance(content, str):
        content = next(iter(usable.values()), "")
    language = next((key for key, value in usable.items() if value == content), next(iter(usable), None))
    if language is None:
        language = _stated_language(document)
    if document.get("mediaType") in ("text/plain", "text/markdown"):
        typed = storable(content[:_MAX_CONTENT_LENGTH]).strip()
        is_markdown = document["mediaType"] == "text/markdown" and len(typed) <= _MAX_MARKDOWN_LENGTH
        content = markdown_to_html(typed) if is_markdown else to_html(typed)
    return language, html_of(content, _MAX_CONTENT_LENGTH)


def _stated_language(document: Mapping[str, Any]) -> str | None:
    """Return the language of a document without `contentMap`: Lemmy and PeerTube state it in `language`, Mobilizon in `inLanguage`."""
    stated = document.get("language")
    code = stated.get("identifier") if isinstance(stated, Mapping) else document.get("inLanguage")
    return code if isinstance(code, str) and code != "und" and _is_language(code) else None


def _is_language(key: object) -> bool:
    return isinstance(key, str) and len(key) <= 35 and normal_language(key) is not None


def _in_one_language(document: Mapping[str, Any], name: str, language: str | None) -> object:
    """Return a property as plain value, or the value of its Map form in this language, or the first."""
    value, by_language = document.get(name), document.get(f"{name}Map")
    if isinstance(value, str) or not isinstance(by_language, Mapping):
        return value
    return by_language.get(language) if language in by_language else next(iter(by_language.values()), None)


def _warning(document: Mapping[str, Any], kind: PostType, language: str | None) -> str:
    """Return the content warning of a note. The summary of an article, a video or an event is a lead, not a warning."""
    summary = _in_one_language(document, "summary", language)
    if not isinstance(summary, str) or (
        kind not in (PostType.note, PostType.question) and not is_set(document.get("sensitive"))
    ):
        return ""
    return text(to_text(storable(summary[:_MAX_WARNING_LENGTH])), _MAX_WARNING_LENGTH)


def _page_url(document: Mapping[str, Any], uri: str) -> str:
    """Return the post's page: a text/html link before any other, on the post's host; else its id."""
    links = as_list(document.get("url"))
    html = [link for link in links if isinstance(link, Mapping) and link.get("mediaType") == "text/html"]
    for link in [*html, *links]:
        found = url_of(link.get("href") if isinstance(link, Mapping) and "href" in link else link)
        if found and same_host(found, uri):
            return found
    return uri


def _linked_page(document: Mapping[str, Any], kind: PostType) -> str:
    """Return the page linked by a thread of a group (Lemmy, PieFed, Mbin): a Link among the attachments of a Page."""
    if kind is not PostType.page:
        return ""
    links = [
        part
        for part in as_list(document.get("attachment"))
        if isinstance(part, Mapping) and "Link" in types_of(part)
    ]
    return next(
        (
            found
            for found in map(url_of, (link.get("href") for link in links))
            if found and not is_file(found)
        ),
        "",
    )


def _with_link(content: str, page: str, uri: str, kind: PostType) -> str:
    """Return the content with a link to the original, for types other than notes; polls are shown completely."""
    if kind is PostType.question:
        return content
    where = page or uri
    return sanitise(f'{content}<p><a href="{escape(where)}">{escape(where)}</a></p>')


def _mentions(tags: list[Mapping[str, Any]]) -> list[MentionInDocument]:
    found: dict[str, MentionInDocument] = {}
    for tag in tags:
        if "Mention" in types_of(tag):
            href, name = url_of(tag.get("href")), text(tag.get("name"), 320)
            if href:
                found.setdefault(href, MentionInDocument(href, name))
    return list(found.values())[:_MAX_MENTIONS]


def _hashtags(tags: list[Mapping[str, Any]]) -> list[str]:
    names = [text(tag.get("name"), 200) for tag in tags if "Hashtag" in types_of(tag)]
    return [name for name in dict.fromkeys(names) if name][:_MAX_HASHTAGS]


def _question(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the poll in the shape of Post.question."""
    multiple = bool(document.get("anyOf"))
    options = [
        {"title": title, "votes": total_of(option.get("replies")) or 0}
        for option in as_list(document.get("anyOf") or document.get("oneOf"))[:_MAX_OPTIONS]
        if isinstance(option, Mapping) and (title := text(text_of(option, "name"), 500))
    ]
    closed = document.get("closed")
    closed_at = _time(closed)
    ends_at = _time(document.get("endTime")) or closed_at
    if closed is True and closed_at is None:
        closed_at = clock.now()
    voters = document.get("votersCount")
    return {
        "options": options,
        "multiple": multiple,
        "ends_at": ends_at.isoformat() if ends_at else None,
        "closed_at": closed_at.isoformat() if closed_at else None,
        "voters": voters if _is_count(voters) else None,
    }


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def _quote(document: Mapping[str, Any], uri: str) -> str:
    """Return the URI of the quoted post: FEP-044f first, then the older names. A post can't quote itself."""
    for name in ("quote", "quoteUrl", "quoteUri", "_misskey_quote"):
        found = url_of(document.get(name))
        if found and found != uri:
            return found
    return ""


def _time(value: object) -> dt.datetime | None:
    """Return a time from 1990 to a day from now, or None. Poll ends may be further in the future."""
    if not isinstance(value, str):
        return None
    try:
        parsed = dt.datetime.fromisoformat(value.strip()[:64])
        aware = (parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return aware if aware >= _EARLIEST else None
