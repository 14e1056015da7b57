"""Long forms in sections: `_form.html` shows those of a `Sectioned` form under their titles."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from django import forms
from django.forms import BoundField


class Sectioned(forms.Form):
    """A form whose visible fields are shown in `SECTIONS`: (title, names of its fields). A field without a section is an error."""

    SECTIONS: ClassVar[Sequence[tuple[str, Sequence[str]]]]

    def sections(self) -> Iterator[tuple[str, list[BoundField]]]:
        """Return the title of each section with its fields."""
        fields = {field.name: field for field in self.visible_fields()}
        yield from [(title, [fields.pop(name) for name in names]) for title, names in self.SECTIONS]
        if fields:
            raise LookupError(f"Fields without a section: {', '.join(fields)}")
