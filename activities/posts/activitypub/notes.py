"""Local posts as ActivityPub objects (reference: activitypub_federation.md §6, §8). Pure."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from activities.posts.activitypub.policies import POLICY_TERMS, approval_properties, policy_property
from activities.posts.activitypub.post_for_delivery import AttachmentForDelivery, PostForDelivery
from activities.posts.activitypub.quote_properties import QUOTE_TERMS, quote_properties, with_link
from activities.posts.models import Interaction, Visibility
from core.ids import time_of
from core.texts import tag_path
from core.texts.language_names import LANGUAGE_NAMES
from users.emojis.activitypub import emoji_tag

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"

CONTEXT: list[Any] = [
    "https://www.w3.org/ns/activitystreams",
    {
        "ostatus": "http://ostatus.org#",
        "atomUri": "ostatus:atomUri",
        "inReplyToAtomUri": "ostatus:inReplyToAtomUri",
        "toot": "http://joinmastodon.org/ns#",
        "sensitive": "as:sensitive",
        "Hashtag": "as:Hashtag",
        "conversation": "ostatus:conversation",
        "Emoji": "toot:Emoji",
        "blurhash": "toot:blurhash",
        "votersCount": "toot:votersCount",
        **QUOTE_TERMS,
        **POLICY_TERMS,
        "pt": "https://joinpeertube.org/ns#",
        "subtitleLanguage": "pt:subtitleLanguage",
        "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
    },
]


def timestamp(moment: dt.datetime) -> str:
    """Format a time as ISO 8601 in UTC, to the second, as Mastodon writes it."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def precise_timestamp(moment: dt.datetime) -> str:
    """Format a time to the millisecond, so that other servers can order two edits within a second."""
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def audience(post: PostForDelivery) -> tuple[list[str], list[str]]:
    """Return the `to` and `cc` of a post or a boost."""
    mentioned = post.addressed
    if post.is_boost:
        mentioned.append(post.boost_of_author_uri)
    match post.visibility:
        case Visibility.public:
            return [PUBLIC], [post.followers_url, *mentioned]
        case Visibility.unlisted:
            return [post.followers_url], [PUBLIC, *mentioned]
        case Visibility.followers:
            return [post.followers_url], mentioned
    return mentioned, []


def note_document(post: PostForDelivery) -> dict[str, Any]:
    """Return the Note (or Question) itself, with `@context`."""
    to, cc = audience(post)
    document: dict[str, Any] = {
        "@context": CONTEXT,
        "id": post.uri,
        "type": post.type,
        "attributedTo": post.author_uri,
        "published": timestamp(post.created_at),
        "url": post.url,
        "to": to,
        "cc": cc,
        "content": post.content,
        "summary": post.content_warning or None,
        "sensitive": post.is_sensitive,
        "inReplyTo": post.in_reply_to_uri or None,
        "atomUri": post.uri,
        "inReplyToAtomUri": post.in_reply_to_uri or None,
        **_conversation(post),
        "attachment": [_attachment(attachment) for attachment in post.attachments],
        "tag": _tags(post),
    }
    if post.is_markdown:
        document["source"] = {"content": post.source, "mediaType": "text/markdown"}
    if groups := [mention.uri for mention in post.mentions if mention.is_group]:
        document["audience"] = groups[0] if len(groups) == 1 else groups
    if post.quote_uri:
        document["content"] = with_link(post.content, post.quote_url or post.quote_uri)
    if post.language:
        document["contentMap"] = {post.language: document["content"]}
    document["interactionPolicy"] = policy_property(post)
    document.update(approval_properties(Interaction.reply, post.approval_uri))
    document.update(quote_properties(post))
    if post.question:
        document.update(_question(post.question))
    if post.edited_at is not None:
        document["updated"] = precise_timestamp(post.edited_at)
    if post.visibility <= Visibility.unlisted:
        for name, count in (("likes", post.likes_count), ("shares", post.boosts_count)):
            document[name] = {"id": f"{post.uri}/{name}", "type": "Collection", "totalItems": count}
        document["replies"] = replies_document(post.uri, post.replies_count, post.replies, post.replies_after)
    return document


def replies_document(
    post_uri: str, total: int, items: Sequence[str], next_after: int | None
) -> dict[str, Any]:
    """Return the replies collection with its first page embedded: GoToSocial and others don't fetch further pages without it."""
    uri = f"{post_uri}/replies"
    first = replies_page(uri, 0, items, next_after)
    return {"id": uri, "type": "Collection", "totalItems": total, "first": first}


def replies_page(uri: str, after: int, items: Sequence[str], next_after: int | None) -> dict[str, Any]:
    """Build the page of replies after the post with the id `after`."""
    page: dict[str, Any] = {"type": "CollectionPage", "partOf": uri, "items": list(items)}
    if next_after is not None:
        page["next"] = f"{uri}?page=1&after={next_after}"
    if next_after != after:  # an embedded page without items is not the page at its own id
        page["id"] = f"{uri}?page=1&after={after}"
    return page


def context_document(
    uri: str, author_uri: str, after: int | None, items: Sequence[str] = (), next_after: int | None = None
) -> dict[str, Any]:
    """Return the collection of a thread's posts in chronological order (FEP-f228), or its page after the post `after`."""
    if after is None:
        return {
            "id": uri,
            "type": "OrderedCollection",
            "attributedTo": author_uri,
            "first": f"{uri}?page=1&after=0",
        }
    page: dict[str, Any] = {
        "id": f"{uri}?page=1&after={after}",
        "type": "OrderedCollectionPage",
        "partOf": uri,
        "orderedItems": list(items),
    }
    if next_after is not None:
        page["next"] = f"{uri}?page=1&after={next_after}"
    return page


def _conversation(post: PostForDelivery) -> dict[str, str]:
    """Return the thread as a tag URI (RFC 4151), the same for all its local posts, and the collection of its posts, if that is served.

    A thread that began elsewhere has an unknown name there: `inReplyTo` connects its posts.
    """
    if post.conversation_id is None:
        return {}
    host = urlsplit(post.conversation_author_uri or post.author_uri).hostname or ""
    day = time_of(post.conversation_id).date().isoformat()
    uri = f"tag:{host},{day}:objectId={post.conversation_id}:objectType=Conversation"
    return {"conversation": uri, "context": post.context_uri or uri}


def _question(question: dict[str, Any]) -> dict[str, Any]:
    """Return the options with their votes, and the end (reference §7)."""
    parts: dict[str, Any] = {
        "anyOf" if question["multiple"] else "oneOf": [
            {
                "type": "Note",
                "name": option["title"],
                "replies": {"type": "Collection", "totalItems": option["votes"]},
            }
            for option in question["options"]
        ]
    }
    for name, value in (("endTime", question.get("ends_at")), ("closed", question.get("closed_at"))):
        if value:
            parts[name] = timestamp(dt.datetime.fromisoformat(value))
    if question.get("voters") is not None:
        parts["votersCount"] = question["voters"]
    return parts


def tombstone_document(uri: str, deleted_at: dt.datetime | None = None) -> dict[str, Any]:
    """Return the document at the id of a deleted post."""
    document: dict[str, Any] = {"@context": CONTEXT[0], "id": uri, "type": "Tombstone"}
    if deleted_at is not None:
        document["deleted"] = timestamp(deleted_at)
    return document


def _attachment(attachment: AttachmentForDelivery) -> dict[str, Any]:
    document: dict[str, Any] = {
        "type": "Document",
        "mediaType": attachment.media_type,
        "url": attachment.url,
        "name": attachment.description or None,
        "focalPoint": [attachment.focus_x, attachment.focus_y],
    }
    if attachment.blurhash:
        document["blurhash"] = attachment.blurhash
    if attachment.width and attachment.height:
        document["width"], document["height"] = attachment.width, attachment.height
    if attachment.captions:  # as PeerTube's films have them
        document["subtitleLanguage"] = [
            {
                "identifier": one["language"] or "und",
                "name": LANGUAGE_NAMES.get(one["language"], ("Unknown",))[0],
                "url": one["url"],
            }
            for one in attachment.captions
        ]
    return document


def _tags(post: PostForDelivery) -> list[dict[str, Any]]:
    mentions = [
        {"type": "Mention", "href": mention.uri, "name": f"@{mention.handle}"}
        for mention in post.mentions
        if not mention.is_silent
    ]
    hashtags = [
        {"type": "Hashtag", "href": post.base_url + tag_path(name), "name": f"#{display}"}
        for name, display in post.tags
    ]
    return [*mentions, *hashtags, *map(emoji_tag, post.emojis)]
