"""`{% post_preview post %}` and `{% profile_preview person %}`: Open Graph tags, by which other sites show a link to a page."""

from typing import NamedTuple

from django import template
from django.template import Context

from activities.posts.models import Visibility
from activities.posts.queries.views import PostView
from federation.media.addresses import proxied_url
from federation.models import RemoteFileKind
from users.identities.queries.profiles import Profile
from web.templatetags.takahe import plain

register = template.Library()


class Preview(NamedTuple):
    """`kind` is Open Graph's type; a `picture` that `is_large` is the content, else it is a portrait."""

    kind: str
    title: str
    address: str
    words: str
    picture: str
    is_large: bool = False


@register.inclusion_tag("posts/parts/_preview.html", takes_context=True)
def post_preview(context: Context, post: PostView) -> dict[str, object]:
    """Write the preview of a post: nothing for boosts and posts that aren't public, no picture behind a warning."""
    if post.visibility > Visibility.unlisted or post.boost_of:
        return {}
    author = post.author
    kind, title, address = "article", post.title or _title_of(author), post.url or post.uri
    first = post.attachments[0] if post.attachments else None
    if first is None or first.kind != "image" or post.content_warning or post.is_sensitive:
        words = plain(post.content_warning or post.content)
        preview = Preview(kind, title, address, words, _portrait(context, author))
    else:
        base = context["request"].domain.base_url
        picture = proxied_url(
            first.preview_url or first.url, RemoteFileKind.attachment, base, owner=author.uri
        )
        preview = Preview(kind, title, address, plain(post.content), picture, is_large=True)
    return {"preview": preview, "request": context["request"]}


@register.inclusion_tag("posts/parts/_preview.html", takes_context=True)
def profile_preview(context: Context, person: Profile) -> dict[str, object]:
    """Write the preview of a profile: nothing when it is suspended."""
    if person.is_suspended:
        return {}
    address = person.profile_url or person.uri
    preview = Preview(
        "profile", _title_of(person), address, plain(person.summary), _portrait(context, person)
    )
    return {"preview": preview, "request": context["request"]}


def _portrait(context: Context, person: Profile) -> str:
    base = context["request"].domain.base_url
    return proxied_url(person.icon_url, RemoteFileKind.avatar, base, owner=person.uri)


def _title_of(person: Profile) -> str:
    return f"{person.display_name} (@{person.handle})"
