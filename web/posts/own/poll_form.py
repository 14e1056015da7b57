"""The fields of a poll in the forms that write and edit posts."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from activities.polls import services as polls
from users.domains.limits import DEFAULTS

DURATIONS = [
    (polls.MIN_DURATION_S, gettext_lazy("5 minutes")),
    (1800, gettext_lazy("30 minutes")),
    (3600, gettext_lazy("1 hour")),
    (6 * 3600, gettext_lazy("6 hours")),
    (86400, gettext_lazy("1 day")),
    (3 * 86400, gettext_lazy("3 days")),
    (7 * 86400, gettext_lazy("7 days")),
    (30 * 86400, gettext_lazy("30 days")),
]
_OPTION = gettext_lazy("Option {number}")


class PollForm(forms.Form):
    """The fields of a poll; `poll` is the poll of a valid form."""

    poll_multiple = forms.BooleanField(label=gettext_lazy("Allow more than one choice"), required=False)
    poll_hides = forms.BooleanField(label=gettext_lazy("Hide results until the poll ends"), required=False)
    poll_seconds = forms.TypedChoiceField(
        label=gettext_lazy("Poll length"),
        coerce=int,
        choices=DURATIONS,
        initial=86400,
        required=False,
        empty_value=86400,
    )

    limits = DEFAULTS  # of the author's domain; set by the form that has the text

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for number in range(1, self.limits.poll_options + 1):
            self.fields[f"option_{number}"] = forms.CharField(
                label=format_lazy(_OPTION, number=number), max_length=polls.MAX_OPTION_LENGTH, required=False
            )

    @property
    def options(self) -> list[forms.BoundField]:
        return [self[f"option_{number}"] for number in range(1, self.limits.poll_options + 1)]

    @property
    def option_rows(self) -> list[tuple[forms.BoundField, bool]]:
        """Each option, and whether it is required."""
        return [(field, number <= polls.MIN_OPTIONS) for number, field in enumerate(self.options, 1)]

    @property
    def asks(self) -> bool:
        """Return whether any field of a poll is filled in."""
        return any(field.value() for field in self.options)

    @property
    def poll(self) -> polls.PollDraft | None:
        options = [self.cleaned_data[field.name] for field in self.options]
        if not any(options):
            return None
        return polls.PollDraft(
            options,
            self.cleaned_data["poll_seconds"],
            self.cleaned_data["poll_multiple"],
            self.cleaned_data["poll_hides"],
        )
