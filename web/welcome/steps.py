"""The onboarding steps: profile, accounts, hashtags, imported follows, the app. Each can be skipped, and all at once."""

from collections.abc import Awaitable, Callable
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from activities.media.services import profile_pictures
from activities.tags.queries import followed_tags
from activities.tags.services.following import follow_tag
from activities.trends.queries import Trending, trending_hashtags
from core.asgi.decorators import body_limit, discards_files, methods
from core.asgi.request import Request
from core.db.paging import Page
from core.errors import NotFound, Problem
from core.media import limits
from core.pages.addresses import path_to
from users.domains.limits import CEILINGS
from users.identities.models import Identity
from users.identities.queries.profiles import Profile, load_profiles
from users.identities.services import profiles
from users.imports.queries import import_progress
from users.logins.queries import staff_of
from users.relations.queries.relationships import relationships
from users.relations.queries.social import directory, suggestions
from users.relations.services.following import follow
from web.error_messages import add_error
from web.middleware import words_only
from web.pages import page, redirect_with_message, signed_in
from web.people.profile_settings import chosen_crops, picture_input
from web.welcome.imports import ImportForm, brought

STEPS = ("profile", "people", "hashtags", "follows", "app")
_LABELS = (
    gettext_lazy("Profile"),
    gettext_lazy("People"),
    gettext_lazy("Hashtags"),
    gettext_lazy("Import"),
    gettext_lazy("App"),
)
_TITLES = (
    gettext_lazy("What others see"),
    gettext_lazy("People to follow"),
    gettext_lazy("Hashtags to follow"),
    gettext_lazy("Import the people you follow"),
    gettext_lazy("Take it with you"),
)
_PEOPLE, _HASHTAGS = 8, 12
_DONE = 0


class WelcomeProfileForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Display name"),
        max_length=profiles.MAX_NAME_LENGTH,
        required=False,
        help_text=gettext_lazy("The name you go by. It can be changed at any time."),
    )
    icon = forms.FileField(
        label=gettext_lazy("Profile picture"),
        required=False,
        widget=picture_input("icon"),
    )
    summary = forms.CharField(
        label=gettext_lazy("About you"),
        max_length=CEILINGS.bio,
        required=False,
        help_text=gettext_lazy("What do you write about? Hashtags help people to find you."),
        widget=forms.Textarea,
    )


class PeopleForm(forms.Form):
    person = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, data: Any, people: list[Profile]) -> None:
        super().__init__(data)
        self.fields["person"].choices = [(one.id, one.handle) for one in people]


class HashtagsForm(forms.Form):
    chosen = forms.MultipleChoiceField(required=False)
    tags = forms.CharField(
        label=gettext_lazy("Others"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Separated by spaces, such as #birds #cooking"),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )

    def __init__(self, data: Any, names: list[str]) -> None:
        super().__init__(data)
        self.fields["chosen"].choices = [(name, name) for name in names]

    def names(self) -> list[str]:
        typed = self.cleaned_data["tags"].replace(",", " ").split()
        return list(dict.fromkeys([*self.cleaned_data["chosen"], *typed]))[: 2 * _HASHTAGS]


@methods("GET")
@signed_in
async def welcome(request: Request) -> HttpResponse:
    """Redirect to the step where this user stopped, or to the first if they were done."""
    place = max(request.identity.first_step, 1) - 1
    return redirect_with_message(request, path_to("welcome-step", step=STEPS[min(place, len(STEPS) - 1)]))


@methods("POST")
@signed_in
async def skip(request: Request) -> HttpResponse:
    """End the onboarding, so that no page suggests it any more."""
    await _remember(request.identity, _DONE)
    return redirect_with_message(
        request, path_to("home"), _("You can do all of this later under Settings."), kind=""
    )


@body_limit(limits.PICTURE_BYTES + limits.MEGABYTE)
@discards_files(words_only)
@methods("GET", "POST")
@signed_in
async def step(request: Request, step: str) -> HttpResponse:
    if step not in STEPS:
        raise NotFound(_("There is no such page."))
    if request.method == "POST" and "later" in request.POST:
        return await _next(request, step)
    return await _VIEWS[step](request)


async def _remember(identity: Identity, place: int) -> None:
    if identity.first_step != place:
        await profiles.edit_profile(identity=identity, first_step=place)


async def _next(request: Request, done: str, words: str = "") -> HttpResponse:
    """Redirect to the step after `done`; from the last one to Home."""
    place = STEPS.index(done) + 1
    is_last = place == len(STEPS)
    if request.identity.first_step:
        await _remember(request.identity, _DONE if is_last else place + 1)
    if is_last:
        return redirect_with_message(request, path_to("home"), _("You are all set. Write your first post."))
    return redirect_with_message(request, path_to("welcome-step", step=STEPS[place]), words)


def _page(request: Request, step: str, form: forms.Form | None = None, **more: Any) -> HttpResponse:
    place = STEPS.index(step)
    context = {
        "step": step,
        "title": _TITLES[place],
        "number": place + 1,
        "steps": list(zip(STEPS, _LABELS, strict=True)),
        "form": form,
        "before": STEPS[place - 1] if place else "",
        **more,
    }
    status = 422 if form is not None and form.errors else 200
    return page(request, f"welcome/{step}.html", context, status=status)


async def _profile(request: Request) -> HttpResponse:
    me = request.identity
    start = {"name": me.name, "summary": me.summary_source}
    form = WelcomeProfileForm(request.POST or None, request.FILES or None, initial=start)
    if request.method == "POST" and form.is_valid():
        changes = dict(form.cleaned_data)
        icon = changes.pop("icon")
        try:
            await profile_pictures.edit_profile(
                identity=me, pictures={"icon": icon} if icon else None, crops=chosen_crops(request), **changes
            )
        except Problem as problem:
            add_error(form, problem)
        else:
            return await _next(request, "profile")
    return _page(request, "profile", form)


async def _people_for(request: Request) -> list[Profile]:
    """Return accounts to follow: suggested ones, the staff of this domain, and its most recent authors. Excludes those already followed."""
    me, domain = request.identity, request.domain
    ids = [one for one, _ in await suggestions(me, limit=_PEOPLE)]
    if len(ids) < _PEOPLE:
        ids += await staff_of(domain, limit=_PEOPLE)
    if len(ids) < _PEOPLE:
        ids += await directory(me, domain, is_local=True, by_age=False, limit=3 * _PEOPLE, offset=0)
    ids = [one for one in dict.fromkeys(ids) if one != me.pk]
    tied = {
        one.id
        for one in await relationships(me, ids)
        if one.following or one.requested or one.blocking or one.blocked_by or one.muting
    }
    found = await load_profiles([one for one in ids if one not in tied][:_PEOPLE])
    return [found[one] for one in ids if one in found]


async def _people(request: Request) -> HttpResponse:
    people = await _people_for(request)
    form = PeopleForm(request.POST or None, people)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["person"]
        for person_id in chosen:
            await follow(source=request.identity, target_id=person_id)
        count = len(chosen)
        words = ngettext("You follow {count} more person.", "You follow {count} more people.", count)
        return await _next(request, "people", words.format(count=count) if count else "")
    return _page(request, "people", form, people=people)


async def _hashtags(request: Request) -> HttpResponse:
    trending = await trending_hashtags(Trending(request.domain, _HASHTAGS))
    followed = {tag.id for _, tag in await followed_tags(request.identity, Page(limit=80))}
    tags = [tag for tag in trending if tag.id not in followed]
    form = HashtagsForm(request.POST or None, [tag.name for tag in tags])
    if request.method == "POST" and form.is_valid():
        names = form.names()
        try:
            for name in names:
                await follow_tag(identity=request.identity, name=name)
        except Problem as problem:
            add_error(form, problem, otherwise="tags")
        else:
            count = len(names)
            words = ngettext("You follow {count} more hashtag.", "You follow {count} more hashtags.", count)
            return await _next(request, "hashtags", words.format(count=count) if count else "")
    return _page(request, "hashtags", form, hashtags=tags)


async def _follows(request: Request) -> HttpResponse:
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        words = await brought(request, form)
        if words:
            return await _next(request, "follows", words)
    return _page(request, "follows", form, progress=await import_progress(request.identity))


async def _app(request: Request) -> HttpResponse:
    if request.method == "POST":
        return await _next(request, "app")
    return _page(request, "app")


_VIEWS: dict[str, Callable[[Request], Awaitable[HttpResponse]]] = {
    "profile": _profile,
    "people": _people,
    "hashtags": _hashtags,
    "follows": _follows,
    "app": _app,
}
