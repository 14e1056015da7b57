"""Editing and deleting the author's own posts."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from activities.media.services.attachments import MediaChange
from activities.posts.queries.posts import get_own_post
from activities.posts.queries.views import PostView
from activities.posts.queries.warnings import recent_warnings
from activities.posts.services.withdrawing import restore_post, withdraw_post
from activities.publishing.services import posting
from core.asgi.decorators import body_limit, discards_files, methods
from core.asgi.request import Request
from core.errors import Invalid, Problem
from core.pages.addresses import path_to
from users.domains.queries import limits_of
from users.identities.models import Identity, MediaDescriptions
from web.error_messages import add_error
from web.middleware import words_only
from web.pages import (
    done,
    is_htmx,
    next_path,
    page,
    redirect_with_message,
    render_partial,
    signed_in,
)
from web.paths import post_path
from web.posts.compose import arrived, say_done
from web.posts.compose_files import (
    Files,
    keep_attached,
    max_body_bytes,
    save_uploads,
    show_captions,
    upload_limits,
)
from web.posts.compose_forms import EditForm
from web.posts.previewing import preview_of

_WITH_FILES = "with_files"  # the form lists the files of the post: those not listed are removed


async def _files(request: Request, post: PostView) -> Files:
    """Return the files of the post after saving. A form without this field only changes descriptions."""
    own = {item.id: item for item in post.attachments}
    if _WITH_FILES in request.POST and post.question is None:
        return await save_uploads(request, own)
    files = Files()
    for item in post.attachments:
        keep_attached(request, files, item)
    return files


def _check_described(author: Identity, post: PostView, files: Files) -> None:
    """Raise Invalid if a file is new without a description or loses its own, if the author wants to be reminded."""
    if author.media_descriptions != MediaDescriptions.required:
        return
    before = {item.id: item.description for item in post.attachments}
    if any(not one.attachment.description and before.get(one.attachment.id, "new") for one in files.uploaded):
        raise Invalid("media", "not_described")


@methods("GET", "POST")
@body_limit(max_body_bytes)
@discards_files(words_only)
@signed_in
async def edit(request: Request, post_id: int) -> HttpResponse:
    post = await get_own_post(post_id, request.identity)
    if "preview" in request.POST and is_htmx(request):
        preview = {"preview": await preview_of(request)}
        return render_partial(request, "posts/_preview.html", preview)
    files = await _files(request, post)
    limits = await limits_of(request.identity.domain_id)
    if request.method == "GET":
        return await _form_page(
            request,
            post,
            EditForm(initial=EditForm.values_of(post), question=post.question, limits=limits),
            files,
        )
    if "only_upload" in request.POST or "preview" in request.POST:
        kept = EditForm(initial=request.POST.dict(), question=post.question, limits=limits)
        return await _form_page(request, post, kept, files)
    form = EditForm(request.POST, question=post.question, limits=limits)
    if form.is_valid() and not files.problems:
        try:
            await _save(request, post, form, files)
        except Problem as problem:
            add_error(form, problem, otherwise="text")
        else:
            path = post_path(request.domain, post.author, post.id)
            said = _("Post saved. Everyone who has it will get the new version.")
            return arrived(request, say_done(request, path, said), form.cleaned_data["draft"])
    return await _form_page(request, post, form, files)


async def _save(request: Request, post: PostView, form: EditForm, files: Files) -> None:
    _check_described(request.identity, post, files)
    own = {item.id for item in post.attachments}
    shown = [one.attachment for one in files.uploaded]
    await posting.edit_post(
        author=request.identity,
        post_id=post.id,
        draft=form.post_draft(files.ids if _WITH_FILES in request.POST else None),
        media_changes={
            one.id: MediaChange(one.description, (one.focus_x, one.focus_y), files.captions.get(one.id))
            for one in shown
            if one.id in own
        },
    )


async def _form_page(request: Request, post: PostView, form: EditForm, files: Files) -> HttpResponse:
    await show_captions(request, files, form)
    files.most = form.limits.files
    context = {
        "form": form,
        "post": post,
        "files": files,
        "preview": await preview_of(request) if "preview" in request.POST else "",
        "asks_for_descriptions": bool(form.errors) and bool(request.identity.media_descriptions),
        "limit": form.limits.characters,
        "limits": upload_limits(form.limits),
        "warnings": await recent_warnings(request.identity),
    }
    status = 422 if form.errors or files.problems else 200
    return page(request, "posts/own/edit.html", context, status=status)


@methods("GET", "POST")
@signed_in
async def delete(request: Request, post_id: int) -> HttpResponse:
    post = await get_own_post(post_id, request.identity)
    if request.method == "GET":
        return page(request, "posts/own/delete.html", {"post": post})
    await withdraw_post(author=request.identity, post_id=post_id)
    words = _("Post deleted. Other servers are asked to delete it, too.")
    undo = path_to("posts-restore", post_id=post_id)
    return done(request, path_to("home"), words, undo=undo, hides="post")


@methods("POST")
@signed_in
async def restore(request: Request, post_id: int) -> HttpResponse:
    """Undo the deletion of a post, shortly after it."""
    await restore_post(author=request.identity, post_id=post_id)
    if is_htmx(request):
        return HttpResponse(status=204)
    return redirect_with_message(request, next_path(request, path_to("home")), _("The post was restored."))
