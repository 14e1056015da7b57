"""Settings of a relationship: options of a follow, temporary mutes, private notes and blocked servers."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.db.paging import Page
from core.errors import Invalid, NotFound
from core.numbers import Number
from core.pages.addresses import path_to
from users.identities.models import Identity
from users.identities.queries.profiles import Profile, load_profile
from users.relations.queries.relationships import relationships
from users.relations.queries.social import blocked_hosts_of, count_ties_with_host
from users.relations.services import blocking, following, social
from web.error_messages import add_error
from web.languages import LANGUAGE_CHOICES
from web.pages import (
    add_toast,
    done,
    is_htmx,
    next_path,
    page,
    query_number,
    redirect_with_message,
    signed_in,
)
from web.people.in_place import answer_on_profile, is_on_profile, redirect_or_answer
from web.people.naming import name_of

PAGE_SIZE = 40
DURATIONS = [
    (0, gettext_lazy("Until I unmute them")),
    (3600, gettext_lazy("1 hour")),
    (6 * 3600, gettext_lazy("6 hours")),
    (86_400, gettext_lazy("1 day")),
    (7 * 86_400, gettext_lazy("1 week")),
    (30 * 86_400, gettext_lazy("30 days")),
]


class FollowForm(forms.Form):
    notifies = forms.BooleanField(label=gettext_lazy("Notify me of new posts"), required=False)
    shows_boosts = forms.BooleanField(label=gettext_lazy("Show boosts"), required=False)
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Only posts in these languages"),
        choices=LANGUAGE_CHOICES[1:],
        required=False,
        help_text=gettext_lazy("None chosen: all languages."),
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )


class MuteForm(forms.Form):
    expires_in = forms.TypedChoiceField(
        label=gettext_lazy("For how long"), choices=DURATIONS, coerce=int, empty_value=0, required=False
    )
    keeps_notifications = forms.BooleanField(
        label=gettext_lazy("Still notify me of their mentions, likes and follows"), required=False
    )


class HostForm(forms.Form):
    domain = forms.CharField(
        label=gettext_lazy("Server"), max_length=255, help_text=gettext_lazy("For example social.example")
    )


async def _person(person_id: int) -> Profile:
    """Return the target of a page. Raises NotFound for unknown and deleted ones."""
    person = await load_profile(person_id)
    if person is None or person.is_deleted:
        raise NotFound(_("There is nobody with this number here."))
    return person


@methods("GET", "POST")
@signed_in
async def follow_options(request: Request, person_id: int) -> HttpResponse:
    """Change the options of a follow: notifications, boosts, languages. Raises NotFound if there is no follow."""
    relation = (await relationships(request.identity, [person_id]))[0]
    if not relation.following and not relation.requested:
        raise NotFound(_("You don't follow this person."))
    person = await _person(person_id)
    back = next_path(request, path_to("people-follow-options", person_id=person_id))
    if request.method == "POST":
        form = FollowForm(request.POST)
        if form.is_valid():
            asked = form.cleaned_data
            await following.follow(
                source=request.identity,
                target_id=person_id,
                notifies=asked["notifies"],
                shows_boosts=asked["shows_boosts"],
                languages=asked["languages"],
            )
            return await redirect_or_answer(request, back, person_id, _("Saved."))
    else:
        form = FollowForm(
            initial={
                "notifies": relation.notifying,
                "shows_boosts": relation.showing_reblogs,
                "languages": relation.languages or [],
            }
        )
    context = {
        "form": form,
        "person": person,
        "page_title": _("Following @{handle}").format(handle=person.handle),
        "title": _("Following"),
        "button": _("Save"),
        "next": back,
    }
    return page(request, "people/option.html", context, status=422 if form.errors else 200)


@methods("GET", "POST")
@signed_in
async def mute(request: Request, person_id: int) -> HttpResponse:
    """Mute an account: for some time or until unmuted, with or without their notifications."""
    back = next_path(request, path_to("home"))
    form = MuteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        await blocking.mute(
            source=request.identity,
            target_id=person_id,
            hides_notifications=not asked["keeps_notifications"],
            expires_in=asked["expires_in"],
        )
        undo = path_to("people-unmute", person_id=person_id)
        words = _("Muted {name}.").format(name=await name_of(person_id))
        if is_on_profile(request):
            return await answer_on_profile(request, person_id, words, undo=undo, is_mute=True)
        return done(request, back, words, undo=undo, hides="author")
    person = await _person(person_id)
    context = {
        "form": form,
        "person": person,
        "page_title": _("Mute @{handle}").format(handle=person.handle),
        "title": _("Mute"),
        "button": _("Mute"),
        "next": back,
        "says": _("You won't see their posts or boosts. They won't be told, and can still follow you."),
    }
    return page(request, "people/option.html", context, status=422 if form.errors else 200)


@methods("POST")
@signed_in
async def note(request: Request, person_id: int) -> HttpResponse:
    """Set a private note on an account; an empty text deletes it."""
    back = next_path(request, path_to("home"))
    try:
        await social.write_note(
            source=request.identity, target_id=person_id, text=request.POST.get("comment", "")
        )
    except Invalid:
        most = social.MAX_NOTE_LENGTH
        return redirect_with_message(
            request,
            back,
            _("The note was not saved: it is longer than {most:,} characters.").format(most=Number(most)),
            kind="bad",
        )
    return redirect_with_message(request, back, _("Note saved. Only you can see it."))


@methods("POST")
@signed_in
async def endorse(request: Request, person_id: int) -> HttpResponse:
    """Feature an account on the reader's profile, or stop that."""
    back = next_path(request, path_to("home"))
    if request.POST.get("ends"):
        await social.unendorse(source=request.identity, target_id=person_id)
        words = _("{name} is no longer featured on your profile.")
    else:
        await social.endorse(source=request.identity, target_id=person_id)
        words = _("{name} is featured on your profile.")
    return await redirect_or_answer(request, back, person_id, words.format(name=await name_of(person_id)))


@methods("POST")
@signed_in
async def dismiss_suggestion(request: Request, person_id: int) -> HttpResponse:
    """Dismiss an account from the suggestions. Raises NotFound if there is none."""
    await social.dismiss_suggestion(identity=request.identity, target_id=person_id)
    said = _("{name} is not suggested any more.").format(name=await name_of(person_id))
    if not is_htmx(request):
        return redirect_with_message(request, next_path(request, path_to("home")), said)
    response = HttpResponse()
    add_toast(response, said)
    return response


@methods("GET", "POST")
@signed_in
async def blocked_servers(request: Request) -> HttpResponse:
    """List the servers that the reader has blocked, and block another. `?domain=` fills in the field and shows the affected follows."""
    host = request.GET.get("domain", "")
    form = HostForm(request.POST if request.method == "POST" else None, initial={"domain": host})
    if request.method == "POST" and form.is_valid():
        try:
            await social.block_host(identity=request.identity, host=form.cleaned_data["domain"])
        except Invalid as error:
            add_error(form, error)
        else:
            name = form.cleaned_data["domain"]
            return redirect_with_message(
                request,
                path_to("blocked-servers"),
                _("Blocked {name}. You won't see anyone from there.").format(name=name),
            )
    rows = await blocked_hosts_of(
        request.identity, Page(limit=PAGE_SIZE, max_id=query_number(request, "max_id"))
    )
    context = {
        "form": form,
        "hosts": [name for _, name in rows],
        "older": rows[-1][0] if len(rows) >= PAGE_SIZE else None,
        "asked": host,
        "ties": await _ties(request.identity, host),
    }
    return page(request, "people/blocked_servers.html", context, status=422 if form.errors else 200)


async def _ties(identity: Identity, host: str) -> tuple[int, int] | None:
    """Return the numbers of the reader's follows and followers on a host; None for an invalid host."""
    if not host:
        return None
    try:
        return await count_ties_with_host(identity, await social.host_to_block(host))
    except Invalid:
        return None


@methods("POST")
@signed_in
async def unblock_server(request: Request) -> HttpResponse:
    back = path_to("blocked-servers")
    form = HostForm(request.POST)
    if not form.is_valid():
        raise NotFound(_("There is no such server."))
    try:
        await social.unblock_host(identity=request.identity, host=form.cleaned_data["domain"])
    except Invalid as error:
        raise NotFound(_("There is no such server.")) from error
    return redirect_with_message(
        request, back, _("Unblocked {name}.").format(name=form.cleaned_data["domain"])
    )
