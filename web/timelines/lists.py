"""Lists of accounts: their timelines and members, creating, editing and deleting them."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.filters.models import FilterContext
from activities.lists import queries as reads
from activities.lists import services
from activities.lists.models import PeopleList, RepliesPolicy
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import BadInput, NotFound
from core.pages.addresses import path_to
from users.identities.queries.profiles import Profile, load_profile
from users.relations.queries.relationships import relationships
from users.relations.services.following import follow
from web.error_messages import add_error
from web.frame.doing import edits
from web.idempotency import IdempotentForm, create_from
from web.pages import next_path, page, redirect_with_message, signed_in
from web.paths import profile_path
from web.people.finding import chosen_person
from web.people.members import Found, page_of_members, people_found
from web.timelines.timelines import MOST_TABS, requested_timeline, timeline

_REPLIES = (
    (RepliesPolicy.list, gettext_lazy("To members of the list")),
    (RepliesPolicy.followed, gettext_lazy("To people I follow")),
    (RepliesPolicy.none, gettext_lazy("None")),
)


class ListForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=services.MAX_TITLE_LENGTH)
    replies_policy = forms.ChoiceField(label=gettext_lazy("Show replies"), choices=_REPLIES)
    is_exclusive = forms.BooleanField(
        label=gettext_lazy("Hide these people from my home timeline"), required=False
    )


class NewListForm(IdempotentForm, ListForm):
    pass


@methods("GET", "POST")
@signed_in
async def lists(request: Request) -> HttpResponse:
    form = NewListForm(request.POST or None)
    made_id = await create_from(
        request, form, PeopleList, lambda row_id: _make(request, form, row_id), otherwise="title"
    )
    if made_id:
        words = _("List created. Now add people to it.")
        return redirect_with_message(request, path_to("lists-edit", list_id=made_id), words)
    every = await reads.lists_of(request.identity)
    context = {"form": form, "lists": every, "own_lists": every[:MOST_TABS]}
    return page(request, "timelines/lists.html", context, status=422 if form.errors else 200)


async def _make(request: Request, form: NewListForm, row_id: int | None) -> int:
    asked = {name: form.cleaned_data[name] for name in ListForm.base_fields}
    made = await services.create_list(identity=request.identity, row_id=row_id, **asked)
    return int(made.pk)


@methods("GET")
@signed_in
async def show(request: Request, list_id: int) -> HttpResponse:
    people = await reads.list_of(request.identity, list_id)
    posts = await reads.timeline(request.identity, people, requested_timeline(request))
    return await timeline(
        request,
        people.title,
        posts,
        filters=FilterContext.home,
        stream=f"list {people.pk}",
        has_tabs=True,
        button=(path_to("lists-edit", list_id=people.pk), _("Edit list")) if edits(request) else None,
        empty=_(
            "No posts from this list yet. Add people under Edit list, or from the menu on their profiles."
        ),
    )


@methods("GET", "POST")
@signed_in
async def edit(request: Request, list_id: int) -> HttpResponse:
    people = await reads.list_of(request.identity, list_id)
    start = {name: getattr(people, name) for name in ListForm.base_fields}
    form = ListForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            await services.edit_list(identity=request.identity, list_id=list_id, **form.cleaned_data)
        except BadInput as problem:
            add_error(form, problem, otherwise="title")
        else:
            return redirect_with_message(request, path_to("list", list_id=list_id), _("List saved."))
    context = {
        "form": form,
        "list": people,
        "feeds": _feed_addresses(request, people),
        "name": people.title,
        "page_path": path_to("lists-edit", list_id=list_id),
        "add_path": path_to("lists-add", list_id=list_id),
        "delete_path": path_to("lists-delete", list_id=list_id),
        **await page_of_members(
            request,
            lambda asked: reads.members_of(list_id, asked),
            lambda person_id: path_to("lists-remove", list_id=list_id, person_id=person_id),
        ),
        **await people_found(request, lambda found: _judged(request, list_id, found)),
    }
    return page(request, "timelines/list_edit.html", context, status=422 if form.errors else 200)


async def _judged(request: Request, list_id: int, found: list[Profile]) -> list[Found]:
    ids = [one.id for one in found]
    inside = await reads.members_among(list_id, ids)
    known = {one.id for one in await relationships(request.identity, ids) if one.following or one.requested}
    known.add(request.identity.pk)
    return [Found(one, one.id in inside, is_unknown=one.id not in known) for one in found]


@methods("POST")
@signed_in
async def add_member(request: Request, list_id: int) -> HttpResponse:
    """Add an account; with `follow` it is followed, too. An existing member stays."""
    person_id = chosen_person(request)
    await reads.list_of(request.identity, list_id)
    if "follow" in request.POST:
        await follow(source=request.identity, target_id=person_id)
    if person_id not in await reads.members_among(list_id, [person_id]):
        await services.add_to_list(identity=request.identity, list_id=list_id, member_ids=[person_id])
    back = path_to("lists-edit", list_id=list_id)
    return redirect_with_message(request, next_path(request, back), _("Added to the list."))


def _feed_addresses(request: Request, people: PeopleList) -> list[tuple[str, str]]:
    token, base = reads.feed_token(people), request.domain.base_url
    if not token:
        return []
    return [
        (name, base + path_to("list-feed", token=token, kind=kind))
        for kind, name in (("atom", "Atom"), ("rss", "RSS"))
    ]


@methods("POST")
@signed_in
async def open_feed(request: Request, list_id: int) -> HttpResponse:
    await services.open_feed(identity=request.identity, list_id=list_id)
    return redirect_with_message(
        request, path_to("lists-edit", list_id=list_id), _("The feed has a new address.")
    )


@methods("POST")
@signed_in
async def close_feed(request: Request, list_id: int) -> HttpResponse:
    await services.close_feed(identity=request.identity, list_id=list_id)
    return redirect_with_message(
        request, path_to("lists-edit", list_id=list_id), _("The feed's address is revoked.")
    )


@methods("POST")
@signed_in
async def delete(request: Request, list_id: int) -> HttpResponse:
    await services.delete_list(identity=request.identity, list_id=list_id)
    return redirect_with_message(request, path_to("lists"), _("List deleted. You still follow its members."))


@methods("POST")
@signed_in
async def remove_member(request: Request, list_id: int, person_id: int) -> HttpResponse:
    await services.remove_from_list(identity=request.identity, list_id=list_id, member_ids=[person_id])
    return redirect_with_message(
        request, next_path(request, path_to("lists-edit", list_id=list_id)), _("Removed from the list.")
    )


@methods("GET", "POST")
@signed_in
async def of_person(request: Request, person_id: int) -> HttpResponse:
    """Show which of the user's lists contain an account."""
    person = await load_profile(person_id)
    if person is None or person.is_deleted:
        raise NotFound(_("There is nobody with this name whom you can add to a list."))
    every = await reads.lists_of(request.identity)
    within = {one.pk for one in await reads.lists_with(request.identity, person_id)}
    if request.method == "POST":
        wanted = {one.pk for one in every if str(one.pk) in request.POST.getlist("list")}
        await services.set_lists_of(identity=request.identity, member_id=person_id, list_ids=wanted)
        return redirect_with_message(request, profile_path(request.domain, person), _("Lists updated."))
    context = {
        "person": person,
        "title": _("Lists"),
        "heading": _("Add to lists"),
        "legend": _("Your lists"),
        "field": "list",
        "choices": every,
        "within": within,
        "empty": _("You have no lists yet."),
        "create": _("Create a list"),
        "create_path": path_to("lists"),
    }
    return page(request, "people/members/of_person.html", context)
