"""Filters: the list of a user's filters, creating, editing and deleting them."""

from collections.abc import Sequence
from typing import Any

import msgspec
from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.filters import queries as reads
from activities.filters import services
from activities.filters.models import Filter, FilterAction, FilterContext, FilterKeyword
from activities.posts.queries.posts import load_posts
from core import clock
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import BadInput, Problem
from core.pages.addresses import path_to
from users.identities.models import Identity
from web.error_messages import add_error, error_message
from web.idempotency import IdempotentForm, create_from
from web.pages import page, redirect_with_message, signed_in, ticked_ids
from web.templatetags.lengths import MAX_WRITTEN
from web.templatetags.post_parts import excerpt

_CONTEXTS = (
    (FilterContext.home, gettext_lazy("Home and lists")),
    (FilterContext.notifications, gettext_lazy("Notifications")),
    (FilterContext.public, gettext_lazy("Local, federated, hashtags")),
    (FilterContext.thread, gettext_lazy("Conversations")),
    (FilterContext.account, gettext_lazy("Profiles")),
)
_ACTIONS = (
    (FilterAction.warn, gettext_lazy("Hide behind a warning with the filter's title")),
    (FilterAction.blur, gettext_lazy("Hide pictures and videos until clicked")),
    (FilterAction.hide, gettext_lazy("Hide completely")),
)
_DURATIONS = (
    (0, gettext_lazy("Until I delete it")),
    (86400, gettext_lazy("1 day")),
    (7 * 86400, gettext_lazy("1 week")),
    (30 * 86400, gettext_lazy("30 days")),
)


class FilterForm(IdempotentForm):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=services.MAX_TITLE_LENGTH)
    words = forms.CharField(
        label=gettext_lazy("Words or phrases"),
        max_length=MAX_WRITTEN,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One per line."),
    )
    whole_word = forms.BooleanField(
        label=gettext_lazy("Match whole words only"), required=False, initial=True
    )
    contexts = forms.MultipleChoiceField(
        label=gettext_lazy("Where it applies"),
        choices=_CONTEXTS,
        widget=forms.CheckboxSelectMultiple,
        initial=["home", "public"],
    )
    action = forms.ChoiceField(
        label=gettext_lazy("What to do with matching posts"),
        choices=_ACTIONS,
        initial=FilterAction.warn,
        widget=forms.RadioSelect,
    )
    expires_in = forms.TypedChoiceField(label=gettext_lazy("Duration"), coerce=int, choices=_DURATIONS)

    @property
    def keywords(self) -> list[services.KeywordDraft]:
        """The words of a valid form."""
        return [
            services.KeywordDraft(keyword=line, whole_word=self.cleaned_data["whole_word"])
            for line in self.cleaned_data["words"].splitlines()
            if line.strip()
        ]


class FilterEditForm(FilterForm):
    """The form of an existing filter: `words` are added to its keywords."""

    KEEP = -1

    words = forms.CharField(
        label=gettext_lazy("More words or phrases"),
        max_length=MAX_WRITTEN,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("One per line."),
    )

    def __init__(self, data: Any, row: Filter) -> None:
        start: dict[str, Any] = {name: getattr(row, name) for name in ("title", "contexts", "action")}
        super().__init__(data, initial=start | {"expires_in": 0 if row.expires_at is None else self.KEEP})
        field = self.fields["expires_in"]
        assert isinstance(field, forms.TypedChoiceField)
        if row.expires_at is not None:
            field.choices = [(self.KEEP, gettext_lazy("As it is")), *_DURATIONS]


class KeywordRow(msgspec.Struct):
    """A keyword of a filter in its row of the form; an empty one is removed."""

    id: int
    keyword: str
    whole_word: bool
    error: str = ""

    @property
    def draft(self) -> services.KeywordDraft:
        return services.KeywordDraft(
            id=self.id,
            keyword=self.keyword,
            whole_word=self.whole_word,
            destroyed=not self.keyword.strip(),
        )


@methods("GET", "POST")
@signed_in
async def filters(request: Request) -> HttpResponse:
    form = FilterForm(request.POST or None)
    if await create_from(request, form, Filter, lambda row_id: _make(request, form, row_id)):
        return redirect_with_message(request, path_to("filters"), _("Filter created."))
    rows = await reads.filters_of(request.identity)
    keywords = await reads.keywords_of([row.pk for row in rows])
    places = dict(_CONTEXTS)
    items = [
        {
            "row": row,
            "words": _(", ").join(one.keyword for one in keywords.get(row.pk, [])),
            "is_over": row.expires_at is not None and row.expires_at <= clock.now(),
            "places": _(", ").join(str(places[FilterContext(one)]) for one in row.contexts),
            "action": dict(_ACTIONS)[FilterAction(row.action)],
        }
        for row in rows
    ]
    context = {"form": form, "items": items, "section": "filters"}
    return page(request, "timelines/filters/filters.html", context, status=422 if form.errors else 200)


async def _make(request: Request, form: FilterForm, row_id: int | None) -> int:
    asked = {name: form.cleaned_data[name] for name in ("title", "contexts", "action", "expires_in")}
    made = await services.create_filter(
        identity=request.identity, keywords=form.keywords, row_id=row_id, **asked
    )
    return int(made.pk)


@methods("GET", "POST")
@signed_in
async def edit(request: Request, filter_id: int) -> HttpResponse:
    row = await reads.filter_of(request.identity, filter_id)
    form = FilterEditForm(request.POST or None, row)
    keywords = _rows_of(request, (await reads.keywords_of([row.pk])).get(row.pk, []))
    if request.method == "POST" and form.is_valid() and not _has_faults(keywords):
        try:
            await _change(request, row, form, keywords)
        except BadInput as problem:
            add_error(form, problem, otherwise="words")
        else:
            return redirect_with_message(request, path_to("filters"), _("Filter saved."))
    is_refused = request.method == "POST"
    context = {
        "form": form,
        "row": row,
        "is_over": row.expires_at is not None and row.expires_at <= clock.now(),
        "keywords": keywords,
        "posts": await _posts_of(
            row, request.identity, set(ticked_ids(request, "post")) if is_refused else None
        ),
        "section": "filters",
    }
    return page(request, "timelines/filters/edit.html", context, status=422 if is_refused else 200)


def _rows_of(request: Request, known: Sequence[FilterKeyword]) -> list[KeywordRow]:
    if request.method != "POST":
        return [KeywordRow(one.pk, one.keyword, one.whole_word) for one in known]
    sent = request.POST
    return [
        # a row added in the meantime, missing from the form, is kept unchanged
        KeywordRow(one.pk, sent[f"keyword-{one.pk}"], f"whole-{one.pk}" in sent)
        if f"keyword-{one.pk}" in sent
        else KeywordRow(one.pk, one.keyword, one.whole_word)
        for one in known
    ]


def _has_faults(keywords: Sequence[KeywordRow]) -> bool:
    """Return whether a row is invalid; adds its error."""
    for row in keywords:
        if row.keyword.strip():
            try:
                services.check_keyword(row.keyword)
            except Problem as problem:
                row.error = error_message(problem)
    return any(row.error for row in keywords)


async def _change(
    request: Request, row: Filter, form: FilterEditForm, keywords: Sequence[KeywordRow]
) -> None:
    """Store the form: the filter, its keywords, and its remaining posts."""
    asked = {name: form.cleaned_data[name] for name in ("title", "contexts", "action")}
    if form.cleaned_data["expires_in"] != form.KEEP:
        asked["expires_in"] = form.cleaned_data["expires_in"]
    await services.edit_filter(
        identity=request.identity,
        filter_id=row.pk,
        keywords=[*(one.draft for one in keywords), *form.keywords],
        kept_statuses=ticked_ids(request, "post"),
        shown_statuses=ticked_ids(request, "shown"),
        **asked,
    )


async def _posts_of(row: Filter, viewer: Identity, ticked: set[int] | None) -> list[dict[str, Any]]:
    """Return the single posts of a filter; those that the viewer can't see any more have no text."""
    statuses = (await reads.statuses_of([row.pk])).get(row.pk, [])
    posts = {post.id: post for post in await load_posts([one.post_id for one in statuses], viewer)}
    return [
        {
            "row_id": one.pk,
            "text": excerpt(posts[one.post_id]) if one.post_id in posts else "",
            "stays": ticked is None or one.pk in ticked,
        }
        for one in statuses
    ]


@methods("POST")
@signed_in
async def delete(request: Request, filter_id: int) -> HttpResponse:
    await services.delete_filter(identity=request.identity, filter_id=filter_id)
    return redirect_with_message(request, path_to("filters"), _("Filter deleted."))
