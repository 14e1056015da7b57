"""Circles of followers, for posts to a few: creating, renaming and deleting them, adding and removing members."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import BadInput, NotFound
from core.pages.addresses import path_to
from users.circles import queries as reads
from users.circles import services
from users.circles.models import Circle
from users.identities.queries.profiles import Profile, load_profile
from web.error_messages import add_error, error_message
from web.idempotency import IdempotentForm, create_once
from web.pages import page, redirect_with_message, signed_in
from web.paths import profile_path
from web.people.finding import chosen_person
from web.people.members import Found, page_of_members, people_found


class CircleForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=services.MAX_TITLE_LENGTH)


class NewCircleForm(IdempotentForm, CircleForm):
    pass


@methods("GET", "POST")
@signed_in
async def circles(request: Request) -> HttpResponse:
    form = NewCircleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made_id = await create_once(request, form, Circle, lambda row_id: _make(request, form, row_id))
        except BadInput as problem:
            add_error(form, problem, otherwise="title")
        else:
            words = _("Circle created. Now add followers to it.")
            return redirect_with_message(request, path_to("circle", circle_id=made_id), words)
    context = {"form": form, "circles": await reads.circles_of(request.identity)}
    return page(request, "timelines/circles/circles.html", context, status=422 if form.errors else 200)


async def _make(request: Request, form: NewCircleForm, row_id: int | None) -> int:
    made = await services.create_circle(
        identity=request.identity, row_id=row_id, title=form.cleaned_data["title"]
    )
    return int(made.pk)


@methods("GET", "POST")
@signed_in
async def circle(request: Request, circle_id: int) -> HttpResponse:
    """Show the members of a circle and find others to add; a POST renames it."""
    found = await reads.circle_of(request.identity, circle_id)
    form = CircleForm(request.POST or None, initial={"title": found.title})
    if request.method == "POST" and form.is_valid():
        try:
            await services.rename_circle(
                identity=request.identity, circle_id=circle_id, title=form.cleaned_data["title"]
            )
        except BadInput as problem:
            add_error(form, problem, otherwise="title")
        else:
            return redirect_with_message(request, path_to("circle", circle_id=circle_id), _("Circle saved."))
    context = {
        "form": form,
        "name": found.title,
        "page_path": path_to("circle", circle_id=circle_id),
        "add_path": path_to("circles-add", circle_id=circle_id),
        "delete_path": path_to("circles-delete", circle_id=circle_id),
        **await page_of_members(
            request,
            lambda asked: reads.members_of(circle_id, asked),
            lambda person_id: path_to("circles-remove", circle_id=circle_id, person_id=person_id),
        ),
        **await people_found(request, lambda people: _judged(request, circle_id, people)),
    }
    return page(request, "timelines/circles/circle.html", context, status=422 if form.errors else 200)


async def _judged(request: Request, circle_id: int, people: list[Profile]) -> list[Found]:
    ids = [one.id for one in people]
    inside = await reads.members_among(circle_id, ids)
    eligible = await reads.eligible_among(request.identity, ids)
    return [Found(one, one.id in inside, may_be_added=one.id in eligible) for one in people]


@methods("POST")
@signed_in
async def add_member(request: Request, circle_id: int) -> HttpResponse:
    """Add a follower. An existing member stays."""
    person_id = chosen_person(request)
    await reads.circle_of(request.identity, circle_id)
    back = path_to("circle", circle_id=circle_id)
    try:
        if person_id not in await reads.members_among(circle_id, [person_id]):
            await services.add_to_circle(
                identity=request.identity, circle_id=circle_id, member_ids=[person_id]
            )
    except BadInput as problem:
        return redirect_with_message(request, back, error_message(problem), kind="bad")
    return redirect_with_message(request, back, _("Added to the circle."))


@methods("POST")
@signed_in
async def remove_member(request: Request, circle_id: int, person_id: int) -> HttpResponse:
    await services.remove_from_circle(identity=request.identity, circle_id=circle_id, member_ids=[person_id])
    return redirect_with_message(
        request, path_to("circle", circle_id=circle_id), _("Removed from the circle.")
    )


@methods("POST")
@signed_in
async def delete(request: Request, circle_id: int) -> HttpResponse:
    await services.delete_circle(identity=request.identity, circle_id=circle_id)
    return redirect_with_message(
        request, path_to("circles"), _("Circle deleted. Anyone who received a post to it can still read it.")
    )


@methods("GET", "POST")
@signed_in
async def of_person(request: Request, person_id: int) -> HttpResponse:
    """Show which of the user's circles contain a follower. Raises NotFound for anybody else."""
    person = await load_profile(person_id)
    if person is None or not await reads.eligible_among(request.identity, [person_id]):
        raise NotFound(_("There is nobody with this name whom you could add to a circle."))
    every = await reads.circles_of(request.identity)
    if request.method == "POST":
        wanted = {one.id for one in every if str(one.id) in request.POST.getlist("circle")}
        try:
            await services.set_circles_of(identity=request.identity, member_id=person_id, circle_ids=wanted)
        except BadInput as problem:
            back = path_to("people-circles", person_id=person_id)
            return redirect_with_message(request, back, error_message(problem), kind="bad")
        return redirect_with_message(request, profile_path(request.domain, person), _("Circles updated."))
    within = {one.pk for one in await reads.circles_with(request.identity, person_id)}
    context = {
        "person": person,
        "title": _("Circles"),
        "heading": _("Add to circles"),
        "legend": _("Your circles"),
        "field": "circle",
        "choices": every,
        "within": within,
        "empty": _("You have no circles yet."),
        "create": _("Create a circle"),
        "create_path": path_to("circles"),
    }
    return page(request, "people/members/of_person.html", context)
