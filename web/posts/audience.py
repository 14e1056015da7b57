"""The form field for who can see a new post: a visibility, or one of its author's circles."""

import re
from collections.abc import Sequence
from typing import NamedTuple, Self

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.posts.models import Visibility
from users.circles.queries import CircleRow
from web.templatetags.reading import VISIBILITIES

# a circle has to be chosen for each post
VISIBILITY_CHOICES = [
    (kind.value, VISIBILITIES[kind][1]) for kind in Visibility if kind != Visibility.limited
]
_SAME_PEOPLE = str(Visibility.limited.value)  # of a reply to one's own post to a circle
_CIRCLE = re.compile(r"c[0-9]{1,18}", re.ASCII)


class Audience(NamedTuple):
    """The audience chosen in the form."""

    visibility: Visibility
    circle_id: int | None = None

    @classmethod
    def read(cls, value: str) -> Self:
        """Read a value of the field: the number of a visibility, or a circle's id after `c`."""
        if value.startswith("c"):
            return cls(Visibility.limited, int(value[1:]))
        return cls(Visibility(int(value)))

    @staticmethod
    def value(visibility: int, circle_id: int | None) -> str:
        return str(int(visibility)) if circle_id is None else f"c{circle_id}"


class AudienceField(forms.TypedChoiceField):
    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Who can see it"), coerce=Audience.read, choices=VISIBILITY_CHOICES
        )

    def add_circles(self, circles: Sequence[CircleRow], chosen: str) -> None:
        """Add the author's circles to the choices, and the chosen value if it is another one of this kind.

        That may be the circle of a draft, deleted since: without its choice the browser would select "Public". The service refuses it.
        """
        choices = [(f"c{one.id}", _("Circle: {title}").format(title=one.title)) for one in circles]
        if chosen == _SAME_PEOPLE:
            choices.append((chosen, _("The same people")))
        elif _CIRCLE.fullmatch(chosen) and chosen not in dict(choices):
            choices.append((chosen, _("A circle that has been deleted")))
        self.choices = [*VISIBILITY_CHOICES, *choices]
