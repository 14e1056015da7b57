"""`{% post_preview post %}`, `{% profile_preview person %}` and `{% site_preview %}`: metadata for link previews and search engines.

Open Graph (ogp.me), Twitter's card, the canonical URL, and `fediverse:creator`, with which Mastodon names an author.
"""

import posixpath

import msgspec
from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from activities.posts.models import Visibility
from activities.posts.queries.views import AttachmentView, PostView
from core.media.limits import BANNER_SIZE
from core.pages.addresses import path_to
from federation.media.addresses import proxied_url
from federation.models import RemoteFileKind
from users.domains.models import Domain
from users.identities.queries.profiles import Profile, ProfileField
from web.frame.pictures import picture_url
from web.templatetags.takahe import domain_title, plain
from web.templatetags.times import for_machines

register = template.Library()

_ADDED_REL = 'rel="nofollow noopener'


class Preview(msgspec.Struct, frozen=True):
    """A link preview. `kind` is Open Graph's type; a `picture` that `is_large` is the content, else it is an avatar."""

    kind: str
    title: str
    address: str
    words: str
    picture: str = ""
    is_large: bool = False
    picture_words: str = ""
    width: int | None = None
    height: int | None = None
    video: str = ""
    video_type: str = ""
    creator: str = ""
    username: str = ""
    published_at: str = ""
    edited_at: str = ""


@register.inclusion_tag("site/_preview.html", takes_context=True)
def post_preview(context: Context, post: PostView) -> dict[str, object]:
    """Write the preview of a post: nothing for boosts and posts that aren't public, no media behind a content warning."""
    if post.visibility > Visibility.unlisted or post.boost_of:
        return {}
    author = post.author
    preview = Preview(
        "article",
        post.title or _title_of(author),
        post.url or post.uri,
        plain(post.content_warning or post.content),
        _portrait(context, author),
        creator=author.handle,
        published_at=for_machines(post.created_at),
        edited_at=for_machines(post.edited_at) if post.edited_at else "",
    )
    first = post.attachments[0] if post.attachments else None
    if first is not None and not post.content_warning and not post.is_sensitive:
        preview = _with_media(context, preview, first, author.uri)
    return {"preview": preview, "request": context["request"]}


def _with_media(context: Context, preview: Preview, file: AttachmentView, owner: str) -> Preview:
    base = context["request"].domain.base_url

    def address(url: str) -> str:
        return proxied_url(url, RemoteFileKind.attachment, base, owner=owner)

    words = file.description
    if not address(file.url):  # operators refuse it
        return preview
    if file.kind == "image":
        return msgspec.structs.replace(
            preview,
            picture=address(file.preview_url or file.url),
            is_large=True,
            picture_words=words,
            width=file.preview_width if file.preview_url else file.width,
            height=file.preview_height if file.preview_url else file.height,
        )
    if file.kind in {"video", "gifv"}:
        picture = address(file.preview_url) if file.preview_url else preview.picture
        return msgspec.structs.replace(
            preview,
            picture=picture,
            is_large=bool(file.preview_url),
            picture_words=words,
            video=address(file.url),
            video_type=file.media_type,
        )
    return preview


@register.inclusion_tag("site/_preview.html", takes_context=True)
def profile_preview(context: Context, person: Profile, tab: str = "") -> dict[str, object]:
    """Write the preview of a profile, or of one of its tabs: nothing if it is suspended."""
    if person.is_hidden:
        return {}
    address = person.profile_url or person.uri
    preview = Preview(
        "profile",
        _title_of(person),
        posixpath.join(address, tab) if tab and person.is_local else address,
        plain(person.summary),
        _portrait(context, person),
        creator=person.handle,
        username=person.handle,
    )
    return {"preview": preview, "request": context["request"]}


@register.inclusion_tag("site/_preview.html", takes_context=True)
def site_preview(context: Context, title: str = "", words: str = "") -> dict[str, object]:
    """Write the preview of one of the domain's own pages, such as a timeline: for anonymous visitors, since only they share its URL.

    For pages with a query only the first one has a preview.
    """
    request = context["request"]
    if request.identity is not None or request.GET or request.domain is None:
        return {"request": request}
    name = domain_title(request.domain)
    preview = Preview(
        "website",
        f"{title} · {name}" if title else name,
        request.domain.base_url + request.path,
        words or about_domain(request.domain),
    )
    if request.domain.banner_file:
        width, height = BANNER_SIZE
        picture = picture_url(request.domain, request.domain.banner_file)
        preview = msgspec.structs.replace(preview, picture=picture, is_large=True, width=width, height=height)
    return {"preview": preview, "request": request}


def about_domain(domain: Domain) -> str:
    """Return the domain's description, or a default one."""
    text = " ".join(domain.description.split())
    return text or _("{name} is a community on the fediverse.").format(name=domain_title(domain))


def _portrait(context: Context, person: Profile) -> str:
    base = context["request"].domain.base_url
    return proxied_url(person.icon_url, RemoteFileKind.avatar, base, owner=person.uri)


def _title_of(person: Profile) -> str:
    return f"{person.display_name} (@{person.handle})"


@register.filter
def embeddable(post: PostView) -> bool:
    """Return whether other sites may embed a post: a public or unlisted local one."""
    return post.visibility <= Visibility.unlisted and post.boost_of_id is None and post.is_local


@register.simple_tag(takes_context=True)
def oembed_link(context: Context, post: PostView) -> SafeString:
    """Point to a post's oEmbed document (oembed.com) for embedding; on the domain where it was written."""
    domain, address = context["request"].domain, post.url or post.uri
    if not address.startswith(domain.base_url):
        return SafeString("")
    return format_html(
        '<link rel="alternate" type="application/json+oembed" href="{}" title="{}">',
        f"{domain.base_url}{path_to('oembed', {'url': address})}",
        _title_of(post.author),
    )


@register.simple_tag
def own_links(field: ProfileField, person: Profile) -> ProfileField:
    """Return a profile field of a local user with `rel="me"` on its links: these pages are theirs (microformats.org/wiki/rel-me)."""
    if not person.is_local:
        return field
    return ProfileField(
        field.name,
        field.value.replace(_ADDED_REL, _ADDED_REL.replace('"', '"me ', 1)),
        field.source,
        field.verified_at,
    )


@register.simple_tag(takes_context=True)
def microformats(context: Context, post: PostView) -> bool:
    """Return whether a post gets microformats for other programs (microformats.org/wiki/h-entry): on pages for anonymous visitors, which
    such programs read.

    A boost is left out, because it is another author's post.
    """
    return context["request"].identity is None and post.boost_of is None


@register.simple_tag(takes_context=True)
def mf(context: Context, *names: str) -> SafeString:
    """Return class names of microformats after a space, on pages for anonymous visitors only."""
    if context["request"].identity is not None:
        return SafeString("")
    return mark_safe(" " + " ".join(names))  # noqa: S308  # constants of our templates
