"""Writing posts. Forms are in compose_forms.py, files in compose_files.py, pages for authors' own posts in own/."""

import datetime as dt
import re
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.conversations.services import update_conversations
from activities.posts.markdown import spoken
from activities.posts.models import Post, Visibility
from activities.posts.queries.posts import get_post
from activities.posts.queries.views import PostView
from activities.posts.queries.warnings import recent_warnings
from activities.publishing.chains import write_chain
from activities.publishing.services import idempotency
from activities.publishing.services.drafts import PostDraft
from activities.publishing.services.mentions import answered_in_private, mentions_others
from activities.quotes.services.quotes import require_quotable
from activities.saved_drafts import services as saved_drafts
from activities.saved_drafts.models import SavedDraft
from activities.scheduled_posts import services as scheduled_posts
from activities.scheduled_posts.models import ScheduledPost
from core.asgi.decorators import body_limit, discards_files, methods, no_csrf, without_session
from core.asgi.request import Request
from core.errors import NotFound, Problem
from core.pages.addresses import path_to
from users.circles.queries import circles_of
from users.domains.queries import limits_of
from users.identities.models import Identity, MediaDescriptions
from web.error_messages import add_error, error_message
from web.middleware import words_only
from web.pages import add_toast, is_htmx, next_path, page, redirect_with_message, render_partial, signed_in
from web.paths import post_path
from web.posts.compose_files import (
    Files,
    max_body_bytes,
    save_uploads,
    show_captions,
    upload_limits,
)
from web.posts.compose_forms import PostForm
from web.posts.previewing import preview_of
from web.posts.replying import form_values, reply_values
from web.posts.unsent import drafts, parts, scheduled
from web.templatetags.times import for_machines

_DRAFTS = re.compile(r"[\w:.-]+", re.ASCII)


@methods("GET", "POST")
@body_limit(max_body_bytes)
@discards_files(words_only)
@signed_in
async def compose(request: Request) -> HttpResponse:
    if request.method == "GET":
        later = await scheduled.opened(request, request.GET.get("scheduled", ""))
        if later is not None:
            values = form_values(request.identity) | scheduled.values_of(later)
            files = await parts.placed(request, scheduled_posts.draft_of(later).all_files, values)
            return await _form_page(request, await _form(request, initial=values), files)
        draft = await drafts.opened(request)
        if draft is not None:
            files = await parts.placed(request, draft.files, draft.fields)
            return await _form_page(request, await _form(request, initial=_continued(request, draft)), files)
        return await _form_page(request, await _form(request, initial=await _start(request)), Files())
    if "preview" in request.POST and is_htmx(request):
        preview = {"preview": await preview_of(request)}
        return render_partial(request, "posts/_preview.html", preview)
    form, files = await _form(request, request.POST), await save_uploads(request)
    if request.POST.keys() & {"only_upload", "preview", *parts.ACTIONS}:
        arrangement = await parts.arrange(request, files)
        form = await _form(request, initial=_kept(request) | arrangement.values)
        return await _form_page(request, form, files, arrangement=arrangement)
    if "instead" in request.POST:
        return await _form_page(request, await _without_quote(request), files)
    if "save_draft" in request.POST and not files.problems:
        return await _save_draft(request, form, files)
    await scheduled.keep_choices(request, form)
    await drafts.keep_choices(request, form)
    if form.is_valid() and not files.problems:
        try:
            if await _is_for_nobody(request, form):
                form.add_error(None, ValidationError(_FOR_NOBODY, code="visibility"))
                return await _form_page(request, form, files, alone=True)
            if _lacks_descriptions(request.identity, form, files):
                form.add_error(None, _reminder(files))
                _add_other_error(form, files)
                return await _form_page(request, form, files, undescribed=True)
            sent = await _send(request, form, files)
            await saved_drafts.finish_draft(
                author=request.identity,
                draft_id=form.cleaned_data["saved_draft"],
                once=form.cleaned_data["once"],
            )
            return arrived(request, sent, form.cleaned_data["draft"])
        except NotFound as problem:
            form.add_error(None, await _why_not_found(request, form, problem))
        except Problem as problem:
            add_error(form, problem)
    return await _form_page(request, form, files)


async def _form(
    request: Request,
    said: Mapping[str, object] | None = None,
    *,
    initial: Mapping[str, object] | None = None,
) -> PostForm:
    """Return the form for a post, with the author's circles among its choices."""
    limits = await limits_of(request.identity.domain_id)
    return PostForm(said, initial=initial, circles=await circles_of(request.identity), limits=limits)


_MAX_SHARED_LENGTH = 5000
_GONE = gettext_lazy("The post that you reply to or quote is no longer available.")
_NOT_QUOTABLE = gettext_lazy("The author of this post doesn't let you quote it.")
_FOR_NOBODY = gettext_lazy(
    "This post mentions nobody, so only you would see it. Mention someone with an @, change who can see it,"
    " or press Post again to keep it to yourself."
)
_UNDESCRIBED = gettext_lazy(
    "A file has no description, so people who can't see or hear it miss it. Describe it, or post it as it is."
)
_SOME_UNDESCRIBED = gettext_lazy(
    "Without a description: {files}. People who can't see or hear this miss it. Describe it, or post it as it is."
)


async def _save_draft(request: Request, form: PostForm, files: Files) -> HttpResponse:
    """Save the form as a draft, valid or not, and redirect to the list of drafts."""
    try:
        draft_id = await drafts.save(request, files.all_ids)
    except Problem as problem:
        form.add_error(None, error_message(problem))
        return await _form_page(request, form, files)
    said = _("There was nothing to save.") if draft_id is None else _("Draft saved.")
    local = request.POST.get("draft", "")  # the browser's copy is no longer needed
    return arrived(
        request,
        redirect_with_message(request, path_to("drafts"), said),
        local if _DRAFTS.fullmatch(local) else "",
    )


def _continued(request: Request, draft: SavedDraft) -> dict[str, object]:
    """Return the initial values of the form that continues a draft."""
    start = form_values(request.identity)
    # not the defaults of a new form: an unchecked box is missing from the fields
    return (
        {name: start[name] for name in ("once", "quote_policy_was")}
        | draft.fields
        | {"saved_draft": draft.pk}
    )


def _lacks_descriptions(author: Identity, form: PostForm, files: Files) -> bool:
    """Return whether the author wants to be reminded of a missing description, and has not been yet."""
    is_reminded = (
        author.media_descriptions == MediaDescriptions.reminded and not form.cleaned_data["undescribed"]
    )
    return is_reminded and any(not one.attachment.description for one in files.uploaded)


def _reminder(files: Files) -> str:
    """Say which files have no description."""
    if len(files.uploaded) == 1:
        return str(_UNDESCRIBED)
    return _SOME_UNDESCRIBED.format(files=", ".join(files.undescribed))


def _add_other_error(form: PostForm, files: Files) -> None:
    """Add what else is wrong with a valid form, so that it is not refused again for that."""
    try:
        form.post_draft(files, described_only=False).checked(form.limits)
    except Problem as problem:
        add_error(form, problem)


async def _is_for_nobody(request: Request, form: PostForm) -> bool:
    """Return whether a direct post mentions no known account, and its author has not confirmed that yet."""
    asked = form.cleaned_data
    if asked["visibility"].visibility != Visibility.mentioned or asked["alone"]:
        return False
    parent = await _still_seen(request, form, "reply_to")
    if parent is not None and answered_in_private(request.identity, parent):
        return False
    words = spoken(asked["text"]) if asked["is_markdown"] else asked["text"]
    return not await mentions_others(words, request.identity)


def arrived(request: Request, response: HttpResponse, draft: str) -> HttpResponse:
    """Make the browser delete its draft of this text when the composer is opened next (static/js/writing/form/drafts.js)."""
    if draft:
        before = request.COOKIES.get("sent_drafts", "")[:500]
        value = f"{draft}.{before}" if _DRAFTS.fullmatch(before) else draft
        response.set_cookie("sent_drafts", value, max_age=30 * 86400, samesite="Lax")
    return response


async def _send(request: Request, form: PostForm, files: Files) -> HttpResponse:
    asked, when = form.cleaned_data, form.when
    author = request.identity
    draft = form.post_draft(files, described_only=author.media_descriptions == MediaDescriptions.required)
    if asked["scheduled"]:
        return await scheduled.change(request, form, draft)
    # includes the text, so that a form resubmitted from the browser's history with another text is another post
    key = "\x1f".join([f"form {asked['once']} {when} {draft.text}", *draft.chain])
    row_id = await idempotency.id_for(author_id=author.pk, key=key) if asked["once"] else None
    if when is not None:
        await idempotency.once(ScheduledPost, row_id, lambda: _schedule(author, draft, when, row_id))
        said = _("Your post will be published on {when}.")
        return say_done(request, path_to("scheduled"), said, when=when)
    post_id = await idempotency.once(Post, row_id, lambda: _publish(author, draft, row_id))
    said = _("Thread sent.") if any(draft.chain) else _("Post sent.")
    path = post_path(request.domain, author, post_id)
    if draft.visibility == Visibility.mentioned and draft.in_reply_to_id is None and not asked["alone"]:
        await update_conversations([post_id])  # the worker will, too, but the path below leads there now
        path, said = path_to("private-mention-of", post_id=post_id), _("Message sent.")
    back = next_path(request, path)
    return say_done(request, back, said, link="" if back == path and not is_htmx(request) else path)


def say_done(
    request: Request, back: str, said: str, *, link: str = "", when: dt.datetime | None = None
) -> HttpResponse:
    """Redirect to a page that says what was sent, or say so on the current page (static/js/writing/composing.js)."""
    if not is_htmx(request):
        return redirect_with_message(request, back, said, link=link, when=when)
    response = HttpResponse(status=204)
    add_toast(response, said, link=link or back, **({"when": for_machines(when)} if when else {}))
    return response


async def _schedule(author: Identity, draft: PostDraft, when: dt.datetime, row_id: int | None) -> int:
    row = await scheduled_posts.schedule_post(author=author, draft=draft, scheduled_at=when, row_id=row_id)
    return int(row.pk)


async def _publish(author: Identity, draft: PostDraft, post_id: int | None) -> int:
    return int((await write_chain(author=author, draft=draft, post_id=post_id)).pk)


async def _form_page(
    request: Request,
    form: PostForm,
    files: Files,
    *,
    alone: bool = False,
    undescribed: bool = False,
    arrangement: parts.Arrangement | None = None,
) -> HttpResponse:
    if arrangement is not None:
        parts.set_focus(form, arrangement)
    quoted = await _still_seen(request, form, "quote")
    await scheduled.keep_choices(request, form)
    await drafts.keep_choices(request, form)
    form.name_defaults(request.identity)
    await show_captions(request, files, form)
    is_reminded = undescribed or "undescribed" in request.POST
    lacks_descriptions = is_reminded and any(not one.attachment.description for one in files.uploaded)
    files.most = form.limits.files
    context = {
        "alone": alone or "alone" in request.POST,
        "undescribed": is_reminded,
        "lacks_descriptions": lacks_descriptions and not form["scheduled"].value(),
        "asks_for_descriptions": bool(form.errors) and bool(request.identity.media_descriptions),
        "form": form,
        "preview": await preview_of(request) if "preview" in request.POST else "",
        "parts": parts.parts_of(form, files, arrangement),
        "blank_part": parts.blank_part(form),
        "arrangement": arrangement,
        "files": files,
        "limits": upload_limits(form.limits),
        "parent": await _still_seen(request, form, "reply_to"),
        "quoted": quoted,
        "not_quotable": "" if quoted is None or await _may_quote(request, quoted) else _NOT_QUOTABLE,
        "next": next_path(request, ""),
        "limit": form.limits.characters,
        "begun": await drafts.begun(request),
        "warnings": await recent_warnings(request.identity),
    }
    return page(
        request, "posts/compose/compose.html", context, status=422 if form.errors or files.problems else 200
    )


def _kept(request: Request) -> dict[str, object]:
    """Return the fields of a form to be restored, possibly much later or for another identity: the quote policy is the current default
    unless it was chosen.
    """
    said, default = request.POST.dict(), request.identity.default_quote_policy
    if said.get("quote_policy") == said.get("quote_policy_was"):
        said["quote_policy"] = default
    return said | {"quote_policy_was": default}


async def kept_words(request: Request, text: str, problem: str) -> HttpResponse:
    """Show the composer with a private text that could not be posted, and the reason."""
    values = form_values(request.identity) | {"text": text, "visibility": Visibility.mentioned}
    form = await _form(request, {name: value for name, value in values.items() if value})
    form.add_error(None, problem)
    return await _form_page(request, form, Files())


async def _may_quote(request: Request, post: PostView) -> bool:
    try:
        await require_quotable(request.identity, post.id)
    except NotFound:
        return False
    return True


async def _without_quote(request: Request) -> PostForm:
    """Return the form again, without the post that can't be quoted or, if requested, with a link to it in the text."""
    said = _kept(request) | {"quote": ""}
    if request.POST["instead"] == "link":
        try:
            post = await _seen(request, request.POST.get("quote", ""))
        except NotFound:  # deleted in the meantime
            form = await _form(request, said)
            form.add_error(None, _GONE)
            return form
        link = (post.url or post.uri) if post is not None else ""
        said["text"] = f"{request.POST.get('text', '').rstrip()}\n\n{link}".strip()
    return await _form(request, initial=said)


async def _still_seen(request: Request, form: PostForm, name: str) -> PostView | None:
    """Return the post that a field of the form refers to, unless it was deleted: the form with its text is still shown."""
    try:
        return await _seen(request, str(form[name].value() or ""))
    except NotFound:
        return None


async def _why_not_found(request: Request, form: PostForm, problem: NotFound) -> str:
    """Return why the circle, the parent or the quoted post was not found: for apps a post that may not be quoted is not found, but here it is visible."""
    if problem.code == "circle_not_found":
        return error_message(problem)
    if (number := form.cleaned_data["scheduled"]) and not await scheduled.is_there(request, number):
        return error_message(NotFound(code="scheduled_not_found"))
    named = [name for name in ("reply_to", "quote") if form.cleaned_data[name]]
    seen = [name for name in named if await _still_seen(request, form, name)]
    return _NOT_QUOTABLE if seen == named and "quote" in named else _GONE


async def _seen(request: Request, post_id: str) -> PostView | None:
    """Return the parent or quoted post. Raises NotFound if it is not visible."""
    if not post_id:
        return None
    if not (post_id.isascii() and post_id.isdigit() and len(post_id) < 20):
        raise NotFound(_("There is no such post."))
    return (await get_post(int(post_id), request.identity)).shown


async def _start(request: Request) -> dict[str, object]:
    """Return the initial values of the form: a reply starts with mentions of its recipients, and is no more public than its parent."""
    viewer = request.identity
    quoted = await _seen(request, request.GET.get("quote", ""))
    initial = form_values(viewer) | {"quote": quoted.id if quoted is not None else None}
    parent = await _seen(request, request.GET.get("reply_to", ""))
    if parent is not None:
        initial |= reply_values(viewer, parent)
    else:
        initial["text"] = request.GET.get("text", "")
        if "private" in request.GET:
            initial["visibility"] = Visibility.mentioned
    return initial


@methods("GET", "POST")
@no_csrf
@without_session
@discards_files(lambda _request: "text")
async def share(request: Request) -> HttpResponse:
    """Open the composer with content shared by another site or app: `title`, `text` and `url`, as in Mastodon and the Web Share Target API.

    A POST comes without a token, so it stores nothing. The service worker answers it before us and keeps its files (static/js/app/worker.js);
    without that worker the files have to be chosen again.
    """
    given = request.POST if request.method == "POST" else request.GET
    parts = [given.get(name, "").strip() for name in ("title", "text", "url")]
    text = "\n\n".join(dict.fromkeys(part for part in parts if part))[:_MAX_SHARED_LENGTH]
    lost = (
        _("The shared files could not be taken over. Choose them here.") if request.has_dropped_files else ""
    )
    return redirect_with_message(request, path_to("compose", {"text": text}), lost, kind="bad")
