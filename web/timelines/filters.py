"""Filters: the list of a person's filters, creating and deleting them."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.filters import queries as reads
from activities.filters import services
from activities.filters.models import Filter, FilterAction, FilterContext
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import BadInput
from core.pages.addresses import path_to
from web.error_messages import add_error
from web.idempotency import IdempotentForm, create_once
from web.pages import page, redirect_with_message, signed_in

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
        max_length=20_000,
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


@methods("GET", "POST")
@signed_in
async def filters(request: Request) -> HttpResponse:
    form = FilterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            await create_once(request, form, Filter, lambda row_id: _make(request, form, row_id))
        except BadInput as problem:
            add_error(form, problem)
        else:
            return redirect_with_message(request, path_to("filters"), _("Filter created."))
    rows = await reads.filters_of(request.identity)
    keywords = await reads.keywords_of([row.pk for row in rows])
    places = dict(_CONTEXTS)
    items = [
        {
            "row": row,
            "words": [one.keyword for one in keywords.get(row.pk, [])],
            "places": [places[FilterContext(one)] for one in row.contexts],
            "action": dict(_ACTIONS)[FilterAction(row.action)],
        }
        for row in rows
    ]
    context = {"form": form, "items": items, "section": "filters"}
    return page(request, "timelines/filters.html", context, status=422 if form.errors else 200)


async def _make(request: Request, form: FilterForm, row_id: int | None) -> int:
    asked = {name: form.cleaned_data[name] for name in ("title", "contexts", "action", "expires_in")}
    made = await services.create_filter(
        identity=request.identity, keywords=form.keywords, row_id=row_id, **asked
    )
    return int(made.pk)


@methods("POST")
@signed_in
async def delete(request: Request, filter_id: int) -> HttpResponse:
    await services.delete_filter(identity=request.identity, filter_id=filter_id)
    return redirect_with_message(request, path_to("filters"), _("Filter deleted."))
