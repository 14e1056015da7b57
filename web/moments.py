"""Form fields for a date and time: in the user's time zone if a script states it, else in UTC, as the label says."""

import datetime as dt

from django import forms
from django.utils.translation import gettext as _

_OFFSET = "utc_offset"


def moment_field(label: str, *, help_text: str = "") -> forms.DateTimeField:
    """Return an optional field of a MomentForm for a date and a time."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=False, help_text=help_text, widget=widget)


class MomentForm(forms.Form):
    """A form with one point in time. `utc_offset` are the minutes from what was typed to UTC, which static/js/writing/moments.js fills in."""

    utc_offset = forms.IntegerField(
        required=False, min_value=-900, max_value=900, widget=forms.HiddenInput(attrs={"data-utc-offset": ""})
    )

    def moment(self, name: str) -> dt.datetime | None:
        """Return a field's value as an aware datetime. Adds an error if it is out of range after the conversion to UTC."""
        typed: dt.datetime | None = self.cleaned_data.get(name)
        if typed is None:
            return None
        try:
            return typed + dt.timedelta(minutes=self.cleaned_data.get(_OFFSET) or 0)
        except OverflowError:
            self.add_error(name, _("Enter a date of the next few years."))
            return None
