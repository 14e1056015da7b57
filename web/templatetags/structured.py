"""`{% post_data post %}` and `{% profile_data person %}`: the subject of a page as JSON-LD of schema.org, for search engines.

Only local users who opted in to search engines, and only public data. Source:
developers.google.com/search/docs/appearance/structured-data/discussion-forum, …/profile-page.
"""

from typing import Any

import msgspec
from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from activities.posts.models import Visibility
from activities.posts.queries.views import PostView
from federation.media.addresses import proxied_url
from federation.models import RemoteFileKind
from users.domains.models import Domain
from users.identities.queries.profiles import Profile
from web.templatetags.takahe import plain

register = template.Library()

_SCHEMA = "https://schema.org/"
_HEADLINE_LENGTH = 110
_ESCAPES = str.maketrans({"<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})  # fmt: skip


@register.simple_tag
def robots_meta(person: Profile) -> SafeString:
    """Keep search engines away from the pages of remote accounts, of users who did not opt in, and of those limited by staff."""
    if _may_be_found(person):
        return SafeString("")
    return SafeString('<meta name="robots" content="noindex">')


@register.simple_tag(takes_context=True)
def post_data(context: Context, post: PostView) -> SafeString:
    """Write the data of a public post, without the text and media behind a content warning."""
    if post.boost_of or post.visibility != Visibility.public or not _may_be_found(post.author):
        return SafeString("")
    domain, words = context["request"].domain, plain(post.content_warning or post.content)
    data = {
        "@type": "DiscussionForumPosting",
        "@id": post.uri,
        "url": post.url or post.uri,
        "headline": (post.title or words)[:_HEADLINE_LENGTH],
        "text": words,
        "datePublished": post.created_at,
        "author": _person(post.author, domain),
        "interactionStatistic": [
            _counter("LikeAction", post.likes_count),
            _counter("ShareAction", post.boosts_count),
            _counter("CommentAction", post.replies_count),
        ],
    }
    if post.edited_at:
        data["dateModified"] = post.edited_at
    if post.language:
        data["inLanguage"] = post.language
    if not post.content_warning and not post.is_sensitive:
        pictures = [
            proxied_url(one.url, RemoteFileKind.attachment, domain.base_url, owner=post.author.uri)
            for one in post.attachments
            if one.kind == "image"
        ]
        shown = [address for address in pictures if address]
        data |= {"image": shown} if shown else {}
    return _script(data)


@register.simple_tag(takes_context=True)
def profile_data(context: Context, person: Profile) -> SafeString:
    """Write the data of a profile."""
    if not _may_be_found(person):
        return SafeString("")
    about = _person(person, context["request"].domain) | {
        "identifier": person.uri,
        "description": plain(person.summary),
        "interactionStatistic": _counter("FollowAction", person.followers_count),
        "agentInteractionStatistic": _counter("WriteAction", person.posts_count),
    }
    return _script({"@type": "ProfilePage", "dateCreated": person.created_at, "mainEntity": about})


def _may_be_found(person: Profile) -> bool:
    return person.is_local and person.is_indexable and not person.restriction


def _person(person: Profile, domain: Domain) -> dict[str, Any]:
    picture = proxied_url(person.icon_url, RemoteFileKind.avatar, domain.base_url, owner=person.uri)
    return {
        "@type": "Organization" if person.actor_type in {"Organization", "Group"} else "Person",
        "name": person.display_name,
        "alternateName": f"@{person.handle}",
        "url": person.profile_url or person.uri,
        **({"image": picture} if picture else {}),
    }


def _counter(action: str, count: int) -> dict[str, Any]:
    return {
        "@type": "InteractionCounter",
        "interactionType": f"{_SCHEMA}{action}",
        "userInteractionCount": count,
    }


def _script(data: dict[str, Any]) -> SafeString:
    """Return a data block, which browsers don't execute; its contents can't close the element."""
    text = msgspec.json.encode({"@context": _SCHEMA, **data}).decode().translate(_ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308  # escaped above
