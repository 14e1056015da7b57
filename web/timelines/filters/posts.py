"""Adding a single post to a filter, from its menu."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.filters import queries as reads
from activities.filters import services
from activities.filters.models import Filter, FilterContext
from activities.posts.queries.posts import get_post
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import BadInput
from web.error_messages import add_error
from web.idempotency import IdempotentForm, create_once
from web.pages import next_path, page, redirect_with_message, signed_in
from web.paths import post_path


class ChooseFilterForm(IdempotentForm):
    """The choice among the own filters, or the title of a new one, which goes before."""

    filter = forms.TypedChoiceField(
        label=gettext_lazy("Filter"), coerce=int, required=False, empty_value=None, widget=forms.RadioSelect
    )
    title = forms.CharField(
        label=gettext_lazy("Or a new filter"),
        max_length=services.MAX_TITLE_LENGTH,
        required=False,
        help_text=gettext_lazy("Hides the post everywhere behind a warning with this title."),
    )

    def __init__(self, data: Any, known: list[Filter]) -> None:
        super().__init__(data)
        field = self.fields["filter"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(row.pk, row.title) for row in known]
        if not known:
            self.fields["title"].label = _("Title")
            self.fields["title"].required = True

    def clean(self) -> None:
        if not self.errors and self.cleaned_data["filter"] is None and not self.cleaned_data["title"]:
            self.add_error("title", _("Choose a filter, or name a new one."))


@methods("GET", "POST")
@signed_in
async def choose(request: Request, post_id: int) -> HttpResponse:
    """Ask which of the reader's filters hides this post from now on."""
    shown = (await get_post(post_id, request.identity)).shown
    form = ChooseFilterForm(request.POST or None, await reads.filters_of(request.identity))
    back = next_path(request, post_path(request.domain, shown.author, shown.id))
    if request.method == "POST" and form.is_valid():
        try:
            await _add(request, form, shown.id)
        except BadInput as problem:
            add_error(form, problem, otherwise="title")
        else:
            return redirect_with_message(request, back, _("The post was added to the filter."))
    context = {"form": form, "shown": shown, "back": back}
    return page(request, "timelines/filters/choose.html", context, status=422 if form.errors else 200)


async def _add(request: Request, form: ChooseFilterForm, post_id: int) -> None:
    title = form.cleaned_data["title"]

    async def make(row_id: int | None) -> int:
        made = await services.create_filter(
            identity=request.identity, title=title, contexts=list(FilterContext), row_id=row_id
        )
        return int(made.pk)

    filter_id = await create_once(request, form, Filter, make) if title else form.cleaned_data["filter"]
    await services.add_status(identity=request.identity, filter_id=filter_id, post_id=post_id)
