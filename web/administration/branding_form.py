"""The form of a domain's pictures."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from activities.media.services.branding import KINDS
from core.media.sniff import IMAGE_TYPES
from users.domains.models import Domain

_PICTURE = {"accept": ",".join(IMAGE_TYPES)}


def _upload(label: str, help_text: str) -> forms.FileField:
    return forms.FileField(
        label=label, help_text=help_text, required=False, widget=forms.FileInput(attrs=_PICTURE)
    )


class BrandingForm(forms.Form):
    """Uploads of the three pictures; existing ones can be removed."""

    logo = _upload(
        gettext_lazy("Logo"),
        gettext_lazy(
            "Shown before the title on every page. It keeps its proportions and may be transparent."
        ),
    )
    without_logo = forms.BooleanField(label=gettext_lazy("Remove logo"), required=False)
    icon = _upload(
        gettext_lazy("Icon"),
        gettext_lazy("Square: for browser tabs, for the app on a home screen, and for the server in apps."),
    )
    without_icon = forms.BooleanField(label=gettext_lazy("Remove icon"), required=False)
    banner = _upload(
        gettext_lazy("Banner"),
        gettext_lazy(
            "1200 × 630: on the front page, in apps, and where other sites show a link to this one."
        ),
    )
    without_banner = forms.BooleanField(label=gettext_lazy("Remove banner"), required=False)

    def __init__(self, domain: Domain, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
        for kind in KINDS:
            if not getattr(domain, f"{kind}_file"):
                del self.fields[f"without_{kind}"]
