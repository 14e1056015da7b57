"""Editing and deleting one's own posts."""

from collections.abc import Mapping

from django.http import HttpResponse
from django.utils.translation import gettext as _

from activities.media.services.attachments import MediaChange
from activities.posts.queries.posts import get_own_post
from activities.posts.queries.views import PostView
from activities.posts.queries.warnings import recent_warnings
from activities.posts.text import MAX_LENGTH
from activities.publishing.services import posting
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import Invalid, Problem
from core.media.limits import DESCRIPTION_CHARACTERS
from core.pages.addresses import path_to
from users.identities.models import Identity, MediaDescriptions
from web.error_messages import add_error
from web.pages import page, redirect_with_message, signed_in
from web.paths import post_path
from web.posts.compose import arrived
from web.posts.compose_files import requested_focus, upload_limits
from web.posts.compose_forms import EditForm


def _descriptions(request: Request, post: PostView) -> dict[int, MediaChange]:
    """Return the descriptions and focus points of the post's files in the form."""
    fields = {item.id: f"description_{item.id}" for item in post.attachments}
    return {
        id: MediaChange(request.POST[name].strip()[:DESCRIPTION_CHARACTERS], requested_focus(request, id))
        for id, name in fields.items()
        if name in request.POST
    }


def _check_descriptions_stay(author: Identity, post: PostView, changes: Mapping[int, MediaChange]) -> None:
    """Raise Invalid when a file loses its description, where the author wants each to have one."""
    if author.media_descriptions == MediaDescriptions.required and any(
        item.description and item.id in changes and not changes[item.id].description
        for item in post.attachments
    ):
        raise Invalid("media", "not_described")


@methods("GET", "POST")
@signed_in
async def edit(request: Request, post_id: int) -> HttpResponse:
    post = await get_own_post(post_id, request.identity)
    before = {
        "text": post.source,
        "content_warning": post.content_warning,
        "is_sensitive": post.is_sensitive,
        "language": post.language or "",
    }
    form = EditForm(request.POST) if request.method == "POST" else EditForm(initial=before)
    if request.method == "POST" and form.is_valid():
        changes = _descriptions(request, post)
        try:
            _check_descriptions_stay(request.identity, post, changes)
            await posting.edit_post(
                author=request.identity, post_id=post_id, draft=form.post_draft(), media_changes=changes
            )
        except Problem as problem:
            add_error(form, problem, otherwise="text")
        else:
            done = redirect_with_message(
                request,
                post_path(request.domain, post.author, post.id),
                _("Post saved. Everyone who has it will get the new version."),
            )
            return arrived(request, done, form.cleaned_data["draft"])
    context = {
        "form": form,
        "post": post,
        "limit": MAX_LENGTH,
        "limits": upload_limits(),
        "warnings": await recent_warnings(request.identity),
    }
    return page(request, "posts/compose/edit.html", context, status=422 if form.errors else 200)


@methods("GET", "POST")
@signed_in
async def delete(request: Request, post_id: int) -> HttpResponse:
    post = await get_own_post(post_id, request.identity)
    if request.method == "GET":
        return page(request, "posts/delete.html", {"post": post})
    await posting.delete_post(author=request.identity, post_id=post_id)
    return redirect_with_message(
        request, path_to("home"), _("Post deleted. Other servers are asked to delete it, too.")
    )
