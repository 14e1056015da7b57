"""The forms of a domain: its settings, a new one, and its pictures."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.media.services.branding import KINDS
from activities.posts.models import Visibility
from core.media.sniff import IMAGE_TYPES
from core.numbers import Number
from users.domains import limits
from users.domains.models import Crawlers, Domain, SignUpMode
from web.frame.form_sections import Sectioned
from web.templatetags.lengths import MAX_HANDLE

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


class DomainForm(Sectioned):
    """A domain's short texts and switches, as edited by an admin."""

    SECTIONS = (
        (gettext_lazy("Name and colour"), ("title", "description", "accent_color")),
        (
            gettext_lazy("Sign-ups and visitors"),
            ("sign_up_mode", "shows_profiles", "is_public", "shows_trends", "shows_directory", "crawlers"),
        ),
        (gettext_lazy("Other servers"), ("is_local_only", "authorized_fetch")),
        (gettext_lazy("Start page and footer"), ("front", "footer_links")),
        (gettext_lazy("Contact"), ("contact_email", "contact", "mail_name")),
        (
            gettext_lazy("Posts and profiles"),
            ("default_visibility", *(f"limit_{name}" for name in limits.NAMES)),
        ),
    )

    title = forms.CharField(label=gettext_lazy("Title"), max_length=100, required=False)
    description = forms.CharField(
        label=gettext_lazy("Description"),
        help_text=gettext_lazy(
            "Plain text, for lists of servers and the start page. A longer one with formatting has a page of its own."
        ),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    sign_up_mode = forms.ChoiceField(
        label=gettext_lazy("Who may sign up"),
        choices=[
            (SignUpMode.closed, gettext_lazy("Nobody")),
            (SignUpMode.invite, gettext_lazy("People with an invitation")),
            (SignUpMode.approval, gettext_lazy("Everyone, after approval by a moderator")),
            (SignUpMode.open, gettext_lazy("Everyone")),
        ],
    )
    shows_profiles = forms.BooleanField(
        label=gettext_lazy("Visitors can see profiles and posts"),
        help_text=gettext_lazy(
            "If not, who isn't signed in sees no profile, post, feed or collection, and so no timeline either; search engines and link previews have none of them. Other servers get what they get now."
        ),
        required=False,
    )
    is_public = forms.BooleanField(
        label=gettext_lazy("Visitors can see the timelines, if they can see profiles and posts"),
        help_text=gettext_lazy(
            "If not, public posts and profiles can still be opened by anyone who has their address."
        ),
        required=False,
    )
    shows_trends = forms.BooleanField(
        label=gettext_lazy("Visitors can see trends, if they can see the timelines"), required=False
    )
    shows_directory = forms.BooleanField(
        label=gettext_lazy("Visitors can see the directory of people, if they can see the timelines"),
        required=False,
    )
    default_visibility = forms.TypedChoiceField(
        label=gettext_lazy("Audience of posts"),
        help_text=gettext_lazy("The default of people who join from now on; each can change their own."),
        coerce=int,
        choices=[
            (Visibility.public.value, gettext_lazy("Public")),
            (Visibility.unlisted.value, gettext_lazy("Unlisted")),
            (Visibility.followers.value, gettext_lazy("Followers")),
        ],
        initial=Visibility.public.value,
        empty_value=Visibility.public.value,
        required=False,
    )
    is_local_only = forms.BooleanField(
        label=gettext_lazy("Local only: no connection to other servers"),
        help_text=gettext_lazy(
            "Other servers then find nobody here, and nothing is sent to them but deletions of what they have. New posts are for the people of this domain, who see nothing of other servers and can't follow anybody there. Follows to and from other servers are kept: they rest, and count again when you turn this off. Posts written meanwhile stay here. Other domains of this server are not affected."
        ),
        required=False,
    )
    authorized_fetch = forms.BooleanField(
        label=gettext_lazy("Other servers must sign their requests"),
        help_text=gettext_lazy(
            "Blocked servers and people then can't read posts and profiles anonymously. Visitors to the web pages are not affected, but a few old servers can no longer read this domain."
        ),
        required=False,
    )
    contact_email = forms.EmailField(label=gettext_lazy("Public contact address"), required=False)
    mail_name = forms.CharField(
        label=gettext_lazy("Sender of mails"),
        help_text=gettext_lazy(
            "What stands before the @ of the address that mails come from, if the server's setting leaves the address to each domain."
        ),
        max_length=64,
        required=False,
    )
    contact = forms.CharField(
        label=gettext_lazy("Public contact"),
        help_text=gettext_lazy(
            "The handle of somebody here, whom visitors and apps see as the contact. Without one, apps name an admin."
        ),
        max_length=MAX_HANDLE,
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    front = forms.CharField(
        label=gettext_lazy("Profile as start page"),
        help_text=gettext_lazy(
            "The handle of somebody here, whose profile visitors see instead of the start page: for a domain of one."
        ),
        max_length=MAX_HANDLE,
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    footer_links = forms.CharField(
        label=gettext_lazy("Links at the foot of pages"),
        help_text=gettext_lazy(
            "One a line: its name, then an https address. Shown to everyone beside timelines and on About."
        ),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    crawlers = forms.ChoiceField(
        label=gettext_lazy("Robots"),
        help_text=gettext_lazy(
            "What robots.txt asks of search engines and other programs. Those that don't obey it are not stopped."
        ),
        choices=[
            (Crawlers.all, gettext_lazy("All may read public pages")),
            (Crawlers.no_ai, gettext_lazy("All but those that collect texts for AI")),
            (Crawlers.none, gettext_lazy("None may read anything")),
        ],
        initial=Crawlers.all,
        required=False,
    )
    accent_color = forms.RegexField(
        re.compile(r"#[0-9a-fA-F]{6}\Z"),
        label=gettext_lazy("Colour"),
        widget=forms.TextInput(attrs={"type": "color"}),
    )

    limit_characters = forms.IntegerField(label=gettext_lazy("Characters in a post"), required=False)
    limit_files = forms.IntegerField(label=gettext_lazy("Files in a post"), required=False)
    limit_poll_options = forms.IntegerField(label=gettext_lazy("Options of a poll"), required=False)
    limit_bio = forms.IntegerField(label=gettext_lazy("Characters in a bio"), required=False)
    limit_fields = forms.IntegerField(label=gettext_lazy("Fields in a profile"), required=False)
    limit_edits = forms.IntegerField(label=gettext_lazy("Edits of a post"), required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for name in limits.NAMES:
            self.fields[f"limit_{name}"].help_text = _("At most {most}; {default} if empty.").format(
                most=Number(limits.ceiling_of(name)), default=Number(getattr(limits.DEFAULTS, name))
            )

    def changes(self) -> dict[str, Any]:
        """Return the arguments for `edit_domain`."""
        values = dict(self.cleaned_data)
        values["crawlers"] = values["crawlers"] or Crawlers.all
        lines = [line.strip() for line in values["footer_links"].splitlines() if line.strip()]
        values["footer_links"] = [(one[0], one[2]) for one in (line.rpartition(" ") for line in lines)]
        values["limits"] = {name: values.pop(f"limit_{name}") for name in limits.NAMES}
        return values


class NewDomainForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Domain"),
        max_length=255,
        help_text=gettext_lazy(
            "The last part of every handle, as in @name@example.com. It can't be changed later."
        ),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    service_name = forms.CharField(
        label=gettext_lazy("Served at"),
        max_length=255,
        required=False,
        help_text=gettext_lazy(
            "Only if pages are on a different host from the handles, like social.example.com for example.com."
        ),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    title = forms.CharField(label=gettext_lazy("Title"), max_length=100, required=False)
