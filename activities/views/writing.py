"""Writing, editing and deleting posts."""

from django import forms
from django.http import HttpResponse

from activities.models import Visibility
from activities.queries.posts import PostView, get_post
from activities.services import posting
from activities.templatetags.takahe import VISIBILITIES, post_path
from activities.text import LIMIT, LINK_LENGTH
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotFound, Problem
from users.views.page import go, next_path, page, signed_in

VISIBILITY_CHOICES = [(kind.value, VISIBILITIES[kind][1]) for kind in Visibility]


class PostForm(forms.Form):
    """What a person types. Its limits are those of the service; here they only make the browser help."""

    text = forms.CharField(
        label="What do you want to say?",
        max_length=20_000,
        strip=False,
        widget=forms.Textarea(
            attrs={
                "rows": 5,
                "autofocus": True,
                "placeholder": "What do you want to say?",
                "data-limit": LIMIT,
                "data-link-length": LINK_LENGTH,
                "aria-describedby": "text-limit id_text_error",
            }
        ),
    )
    content_warning = forms.CharField(label="Content warning", max_length=500, required=False)
    visibility = forms.TypedChoiceField(
        label="Who can see it",
        coerce=int,
        choices=VISIBILITY_CHOICES,
    )
    language = forms.CharField(
        label="Language code",
        max_length=35,
        required=False,
        widget=forms.TextInput(
            attrs={
                "class": "code",
                "placeholder": "en",
                "title": "Language code, such as en or de",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )
    reply_to = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


class EditForm(PostForm):
    visibility = None
    reply_to = None


@methods("GET", "POST")
@signed_in
async def compose(request: Request) -> HttpResponse:
    form = PostForm(request.POST) if request.method == "POST" else PostForm(initial=await _start(request))
    if request.method == "POST" and form.is_valid():
        try:
            post = await posting.write_post(
                author=request.identity,
                text=form.cleaned_data["text"],
                visibility=Visibility(form.cleaned_data["visibility"]),
                content_warning=form.cleaned_data["content_warning"],
                language=form.cleaned_data["language"] or None,
                in_reply_to_id=form.cleaned_data["reply_to"],
            )
        except Problem as problem:
            form.add_error("text", problem.sentence.removeprefix("Validation failed: "))
        else:
            return go(request, next_path(request, post.url), "Your post is out.")
    return await _form_page(request, form)


async def _form_page(request: Request, form: PostForm) -> HttpResponse:
    parent = await _parent(request, str(form["reply_to"].value() or ""))
    context = {"form": form, "parent": parent, "next": next_path(request, ""), "limit": LIMIT}
    return page(request, "activities/compose.html", context, status=422 if form.errors else 200)


async def _parent(request: Request, post_id: str) -> PostView | None:
    """The post that is answered; raises NotFound when it can't be seen."""
    if not post_id:
        return None
    if not (post_id.isascii() and post_id.isdigit() and len(post_id) < 20):
        raise NotFound("There is no such post.")
    return (await get_post(int(post_id), request.identity)).shown


async def _start(request: Request) -> dict[str, object]:
    """What stands in an empty form: a reply starts with whom it answers, and is no more public than what it answers."""
    viewer = request.identity
    initial: dict[str, object] = {
        "visibility": viewer.default_visibility,
        "language": viewer.default_language,
    }
    parent = await _parent(request, request.GET.get("reply_to", ""))
    if parent is not None:
        people = [parent.author, *parent.mentions]
        handles = dict.fromkeys(
            f"@{person.username}@{person.host}" for person in people if person.id != viewer.pk
        )
        initial |= {
            "reply_to": parent.id,
            "text": "".join(f"{handle} " for handle in handles),
            "visibility": parent.visibility
            if parent.visibility != Visibility.public
            else viewer.default_visibility,
            "content_warning": parent.content_warning,
        }
    elif "text" in request.GET:
        initial["text"] = request.GET["text"]
    return initial


async def _own(request: Request, post_id: int) -> PostView:
    post = await get_post(post_id, request.identity)
    if post.author_id != request.identity.pk or post.boost_of_id is not None:
        raise NotFound("There is no such post.")
    return post


@methods("GET", "POST")
@signed_in
async def edit(request: Request, post_id: int) -> HttpResponse:
    post = await _own(request, post_id)
    before = {"text": post.source, "content_warning": post.content_warning, "language": post.language or ""}
    form = EditForm(request.POST) if request.method == "POST" else EditForm(initial=before)
    if request.method == "POST" and form.is_valid():
        try:
            await posting.edit_post(
                author=request.identity,
                post_id=post_id,
                text=form.cleaned_data["text"],
                content_warning=form.cleaned_data["content_warning"],
                is_sensitive=post.is_sensitive,
                language=form.cleaned_data["language"] or None,
            )
        except Problem as problem:
            form.add_error("text", problem.sentence.removeprefix("Validation failed: "))
        else:
            return go(
                request,
                post_path(post),
                "Your post is changed. Everyone who has it will get the new version.",
            )
    context = {"form": form, "post": post, "limit": LIMIT}
    return page(request, "activities/edit.html", context, status=422 if form.errors else 200)


@methods("GET", "POST")
@signed_in
async def delete(request: Request, post_id: int) -> HttpResponse:
    post = await _own(request, post_id)
    if request.method == "GET":
        return page(request, "activities/delete.html", {"post": post})
    await posting.delete_post(author=request.identity, post_id=post_id)
    return go(request, "/home", "Your post is deleted, and other servers are told.")
