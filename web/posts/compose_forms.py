"""The forms that write and edit posts. Services validate; limits here only help the browser."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from msgspec.structs import replace

from activities.polls import services as polls
from activities.posts.defaults import OWN_DEFAULTS, default_policy
from activities.posts.models import Interaction, InteractionPolicy, Visibility
from activities.posts.queries.views import PostView, QuestionView
from activities.posts.services.expiry import MAX_S
from activities.posts.text import LINK_LENGTH
from activities.publishing.services.drafts import MAX_CHAIN, PostDraft
from core import clock
from core.errors import Invalid
from core.numbers import Number
from users.circles.queries import CircleRow
from users.domains.limits import DEFAULTS, Limits
from users.identities.models import Identity
from web.error_messages import error_message
from web.languages import LanguageField, keep_language
from web.moments import MomentForm, moment_field
from web.posts.audience import AudienceField
from web.posts.compose_files import Files
from web.posts.own.poll_form import DURATIONS, PollForm
from web.templatetags.lengths import MAX_WRITTEN

POLICY_CHOICES = [
    (InteractionPolicy.public.value, gettext_lazy("Everyone")),
    (InteractionPolicy.followers.value, gettext_lazy("My followers")),
    (InteractionPolicy.following.value, gettext_lazy("People I follow")),
    (InteractionPolicy.public_asked.value, gettext_lazy("Everyone, after I agree")),
    (0, gettext_lazy("Only me")),
]
POLICY_KINDS = (Interaction.reply, Interaction.like, Interaction.boost)
DEFAULT_CHOICE = [("", gettext_lazy("My default"))]
REPLY_CHOICES = [*POLICY_CHOICES[:-1], (0, gettext_lazy("Only people I mention"))]
QUOTE_CHOICES = [
    (InteractionPolicy.public.value, gettext_lazy("Everyone")),
    (InteractionPolicy.followers.value, gettext_lazy("My followers")),
    (0, gettext_lazy("Only me")),
]
EXPIRIES = [
    (3600, gettext_lazy("1 hour")),
    (6 * 3600, gettext_lazy("6 hours")),
    (86400, gettext_lazy("1 day")),
    (3 * 86400, gettext_lazy("3 days")),
    (7 * 86400, gettext_lazy("1 week")),
    (30 * 86400, gettext_lazy("1 month")),
    (91 * 86400, gettext_lazy("3 months")),
    (182 * 86400, gettext_lazy("6 months")),
    (365 * 86400, gettext_lazy("1 year")),
]
_POST = gettext_lazy("Post {number}")


def choice_field(
    label: str, choices: Sequence[tuple[int | str, str]], help_text: str = ""
) -> forms.TypedChoiceField:
    """Create a field with a choice of numbers, such as an interaction policy; None if absent or empty."""
    return forms.TypedChoiceField(
        label=label, coerce=int, choices=choices, required=False, empty_value=None, help_text=help_text
    )


def expiry_field(help_text: str = "") -> forms.TypedChoiceField:
    """Create a field for the number of seconds until a post deletes itself; None for never."""
    choices: list[tuple[int | str, str]] = [("", gettext_lazy("Never")), *EXPIRIES]
    return choice_field(gettext_lazy("Delete after"), choices, help_text)


_MOST_SECONDS = {"poll_seconds": polls.MAX_DURATION_S, "expires_after": MAX_S}
_ALL_POLICIES = sum(InteractionPolicy)
_WRITTEN = {"data-limit": DEFAULTS.characters, "data-completes": True, "data-link-length": LINK_LENGTH}


class _WordsForm(forms.Form):
    """The fields that can be edited later."""

    text = forms.CharField(
        label=gettext_lazy("What do you want to say?"),
        max_length=MAX_WRITTEN,
        strip=False,
        required=False,  # the service decides whether a post needs a text
        widget=forms.Textarea(
            attrs={
                "rows": 3,
                "autofocus": True,
                "placeholder": gettext_lazy("What do you want to say?"),
                "aria-describedby": "text-limit id_text_error",
                **_WRITTEN,
            }
        ),
    )
    content_warning = forms.CharField(
        label=gettext_lazy("Content warning"),
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs={"list": "warnings"}),
    )
    is_sensitive = forms.BooleanField(
        label=gettext_lazy("Hide pictures and videos until clicked"), required=False
    )
    language = LanguageField()
    is_markdown = forms.BooleanField(label=gettext_lazy("Write in Markdown"), required=False)
    # where the browser keeps the text until it was received
    draft = forms.RegexField(r"^[A-Za-z0-9:]*\Z", required=False, max_length=100, widget=forms.HiddenInput)

    def __init__(self, *args: Any, limits: Limits = DEFAULTS, **more: Any) -> None:
        super().__init__(*args, **more)
        keep_language(self, "language")
        self.limits = limits
        self.fields["text"].widget.attrs["data-limit"] = limits.characters

    def _words(self) -> dict[str, Any]:
        """Return the values of a valid form for the editable parts of a PostDraft."""
        asked = self.cleaned_data
        return {
            "text": asked["text"],
            "content_warning": asked["content_warning"],
            "is_sensitive": asked["is_sensitive"],
            "language": asked["language"] or None,
            "is_markdown": asked["is_markdown"],
        }


class EditForm(PollForm, _WordsForm):
    """The editable parts of a post. Its poll continues unless it is changed."""

    def __init__(
        self, *args: Any, question: QuestionView | None, limits: Limits = DEFAULTS, **more: Any
    ) -> None:
        if question is not None:  # it keeps its options, even if there may be fewer now
            most = max(limits.poll_options, len(question.options))
            limits = replace(limits, poll_options=most)
        super().__init__(*args, limits=limits, **more)
        self._question = question
        if question is not None:
            length = self.fields["poll_seconds"]
            assert isinstance(length, forms.TypedChoiceField)
            length.choices = [("", gettext_lazy("As it is now")), *DURATIONS]
            length.initial, length.empty_value = "", None

    @property
    def pills(self) -> list[tuple[forms.BoundField, str]]:
        return [(self["language"], _("Language"))]

    @staticmethod
    def values_of(post: PostView) -> dict[str, object]:
        """Return the initial values of the form for a post."""
        values: dict[str, object] = {
            "text": post.source,
            "is_markdown": post.is_markdown,
            "content_warning": post.content_warning,
            "is_sensitive": post.is_sensitive,
            "language": post.language or "",
        }
        if post.question is not None:
            values |= {
                f"option_{number}": option.title for number, option in enumerate(post.question.options, 1)
            }
            values |= {"poll_multiple": post.question.multiple, "poll_hides": post.question.hides_totals}
        return values

    def post_draft(self, attachments: Sequence[int] | None) -> PostDraft:
        """Return the draft of a valid form, with these files; None keeps the existing ones."""
        return PostDraft(**self._words(), attachments=attachments, poll=self._changed_poll())

    def _changed_poll(self) -> polls.PollDraft | None:
        """Return the poll if it is new or changed. Without a chosen duration, the remaining time is kept."""
        before, asked = self._question, self.cleaned_data
        if before is None:
            return self.poll
        options = [asked[field.name] for field in self.options]
        said = ([one for one in options if one], asked["poll_multiple"], asked["poll_hides"])
        is_same = said == ([one.title for one in before.options], before.multiple, before.hides_totals)
        if is_same and asked["poll_seconds"] is None:
            return None
        seconds = asked["poll_seconds"] or self._seconds_left()
        return polls.PollDraft(options, seconds, asked["poll_multiple"], asked["poll_hides"])

    def _seconds_left(self) -> int:
        """Return the remaining time of the poll, at least the minimum duration; a day for one that has ended."""
        assert self._question is not None
        ends_at = self._question.ends_at
        if ends_at is None or self._question.closed_at:
            return 86400
        left = (dt.datetime.fromisoformat(ends_at) - clock.now()).total_seconds()
        return 86400 if left <= 0 else max(polls.MIN_DURATION_S, int(left))


class PostForm(MomentForm, PollForm, _WordsForm):
    """A new post. `poll` and `when` (aware, or None for now) are those of a valid form."""

    visibility = AudienceField()
    quote_policy = choice_field(gettext_lazy("Who can quote it"), QUOTE_CHOICES)
    reply_policy = choice_field(gettext_lazy("Who can reply"), [*DEFAULT_CHOICE, *REPLY_CHOICES])
    like_policy = choice_field(gettext_lazy("Who can like it"), [*DEFAULT_CHOICE, *POLICY_CHOICES])
    boost_policy = choice_field(gettext_lazy("Who can boost it"), [*DEFAULT_CHOICE, *POLICY_CHOICES])
    # the user's default when the form was rendered
    quote_policy_was = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reply_to = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    quote = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    # the saved draft that this form continues (web/posts/unsent/drafts.py)
    saved_draft = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    # the scheduled post that this form changes (web/posts/unsent/scheduled.py)
    scheduled = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    once = forms.CharField(
        required=False, max_length=64, widget=forms.HiddenInput
    )  # submitted twice: one post
    alone = forms.BooleanField(required=False)  # confirmed: nobody else will see it
    undescribed = forms.BooleanField(required=False)  # reminded once of a missing description
    scheduled_at = moment_field(gettext_lazy("Date and time"))
    expires_after = expiry_field()

    def __init__(self, *args: Any, circles: Sequence[CircleRow] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        audience = self.fields["visibility"]
        assert isinstance(audience, AudienceField)
        audience.add_circles(circles, chosen=str(self["visibility"].value() or ""))
        written = _WRITTEN | {"data-limit": self.limits.characters, "rows": 3}
        for number in range(1, MAX_CHAIN + 1):
            self.fields[f"chain_{number}"] = forms.CharField(
                label=format_lazy(_POST, number=number + 1),
                max_length=MAX_WRITTEN,
                strip=False,
                required=False,
                widget=forms.Textarea(attrs=written | {"aria-describedby": f"chain_{number}_limit"}),
            )
            self.fields[f"warning_{number}"] = forms.CharField(
                label=gettext_lazy("Content warning"),
                max_length=500,
                required=False,
                widget=forms.TextInput(attrs={"list": "warnings"}),
            )
            self.fields[f"bare_{number}"] = forms.BooleanField(
                label=gettext_lazy("No warning, though the first post has one"), required=False
            )

    def keep_choices(self, values: Mapping[str, object]) -> None:
        """Keep values set by an app that are not among the form's choices. `values` is untrusted."""
        policies = [f"{kind}_policy" for kind in POLICY_KINDS]
        for name in ["poll_seconds", "expires_after", "quote_policy", *policies]:
            field, value = self.fields[name], str(values.get(name, ""))
            assert isinstance(field, forms.TypedChoiceField)
            most = _MOST_SECONDS.get(name, _ALL_POLICIES)
            if value.isdecimal() and len(value) < 10 and int(value) <= most and not field.valid_value(value):
                words = (
                    ngettext("{count} second", "{count} seconds", int(value)).format(count=Number(value))
                    if name in _MOST_SECONDS
                    else _("As it is now")
                )
                field.choices = [*field.choices, (value, words)]

    @property
    def pills(self) -> list[tuple[forms.BoundField, str]]:
        """The choices that are always visible, with their labels in a small menu."""
        return [
            (self["visibility"], ""),
            (self["reply_policy"], _("Replies")),
            (self["quote_policy"], _("Quotes")),
            (self["language"], _("Language")),
        ]

    @property
    def folded_policies(self) -> list[forms.BoundField]:
        return [self["like_policy"], self["boost_policy"]]

    def name_defaults(self, identity: Identity) -> None:
        """Show the user's defaults in the labels, if they are the same for every visibility."""
        for kind in POLICY_KINDS:
            field = self.fields[f"{kind}_policy"]
            assert isinstance(field, forms.TypedChoiceField)
            choices = list(field.choices)[1:]
            flags = {
                default_policy(identity, kind, visibility)
                for visibility in (Visibility.public, *OWN_DEFAULTS)
            }
            words = dict(choices).get(flags.pop(), "") if len(flags) == 1 else ""
            label = (
                _("{choice} (my default)").format(choice=words)
                if words
                else _("My default for who can see it")
            )
            field.choices = [("", label), *choices]

    def post_draft(self, files: Files, *, described_only: bool) -> PostDraft:
        """Return the draft of a valid form, with these files."""
        asked = self.cleaned_data
        places = [
            place
            for place in range(1, MAX_CHAIN + 1)
            if asked[f"chain_{place}"].strip() or files.ids_at(place)
        ]
        return PostDraft(
            **self._words(),
            visibility=asked["visibility"].visibility,
            circle_id=asked["visibility"].circle_id,
            in_reply_to_id=asked["reply_to"],
            attachments=files.ids,
            poll=self.poll,
            described_only=described_only,
            chain=[asked[f"chain_{place}"] for place in places],
            chain_files=[files.ids_at(place) for place in places],
            chain_warnings=[asked[f"warning_{place}"] for place in places],
            chain_open=[asked[f"bare_{place}"] for place in places],
            expires_after=asked["expires_after"],
            quoted_id=asked["quote"],
            quote_policy=asked["quote_policy"],
            policies={
                kind: asked[f"{kind}_policy"] for kind in POLICY_KINDS if asked[f"{kind}_policy"] is not None
            },
        )

    def clean(self) -> None:
        said = [name[6:] for name, words in self.data.items() if name.startswith("chain_") and words]
        if any(number.isdecimal() and int(number[:9]) > MAX_CHAIN for number in said):
            self.add_error(None, error_message(Invalid("chain", "too_many", most=MAX_CHAIN + 1)))
        self.when: dt.datetime | None = self.moment("scheduled_at")
        if not self.cleaned_data.get("scheduled"):
            return
        if "post_now" in self.data:
            self.when = None
        elif self.when is None and not self.has_error("scheduled_at"):
            self.add_error("scheduled_at", _("Choose a date, or press “Post now”."))
