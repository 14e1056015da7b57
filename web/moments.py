"""Points in time that people type: in their own zone where a script says which one that is, else in UTC, as the label says."""

import datetime as dt

from django import forms

_OFFSET = "utc_offset"


def moment_field(label: str, *, help_text: str = "") -> forms.DateTimeField:
    """Return an optional field of a MomentForm for a date and a time."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=False, help_text=help_text, widget=widget)


class MomentForm(forms.Form):
    """A form with one point in time. `utc_offset` are the minutes from what was typed to UTC, which static/js/moments.js fills in."""

    utc_offset = forms.IntegerField(
        required=False, min_value=-900, max_value=900, widget=forms.HiddenInput(attrs={"data-utc-offset": ""})
    )

    def moment(self, name: str) -> dt.datetime | None:
        """Return what a field says, aware. Adds an error for the first and the last day that there are, in another zone."""
        typed: dt.datetime | None = self.cleaned_data.get(name)
        if typed is None:
            return None
        try:
            return typed + dt.timedelta(minutes=self.cleaned_data.get(_OFFSET) or 0)
        except OverflowError:
            self.add_error(name, "Enter a date of the next few years.")
            return None

    def as_typed(self, name: str) -> str:
        """Return what a valid form says in words, in the zone in which it was typed."""
        zone = " UTC" if self.cleaned_data[_OFFSET] is None else ""
        return f"{self.cleaned_data[name]:%-d %B %Y at %H:%M}{zone}"
