"""The form of a rule on incoming posts. Conditions with several values have one on each line."""

from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from activities.shelter.models import ShelterAction, ShelterMode, ShelterRule
from activities.shelter.queries.files import PostFiles
from activities.shelter.services.rules import (
    LISTS,
    MAX_LENGTH,
    MAX_NAME,
    MAX_VALUES,
    MOST_HOURS,
    MOST_MENTIONS,
    NUMBERS,
    add_rule,
    change_rule,
)
from users.logins.models import User
from web.frame.form_sections import Sectioned
from web.idempotency import IdempotentForm

ACTIONS = {
    ShelterAction.hold.value: gettext_lazy("Hold until staff decide"),
    ShelterAction.mark.value: gettext_lazy("Mark its media as sensitive"),
    ShelterAction.report.value: gettext_lazy("Report its author"),
    ShelterAction.limit.value: gettext_lazy("Limit its author"),
    ShelterAction.drop.value: gettext_lazy("Delete it on arrival"),
}
MODES = {
    ShelterMode.trial.value: gettext_lazy("Trial: only count"),
    ShelterMode.active.value: gettext_lazy("In effect"),
    ShelterMode.off.value: gettext_lazy("Off"),
}
_DOMAINS = gettext_lazy("Domains, one per line. Subdomains are included.")
_PLAIN = {"rows": 3, "autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}


def _lines(label: str, help_text: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=MAX_VALUES * (MAX_LENGTH + 2),
        widget=forms.Textarea(attrs=_PLAIN),
    )


def _number(label: str, most: int, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, max_value=most, required=False, help_text=help_text)


class ShelterForm(IdempotentForm, Sectioned):
    """A rule. The fields of conditions are named as the columns."""

    SECTIONS = (
        (gettext_lazy("The rule"), ("rule_name", "rule_action", "mode")),
        (
            gettext_lazy("What is in the post"),
            ("phrases", "link_hosts", "min_strangers", "min_mentions", "languages", "hashes", "blurhashes"),
        ),
        (gettext_lazy("Who wrote it"), ("hosts", "software", "younger_than_h", "known_less_than_h")),
    )

    rule_name = forms.CharField(label=gettext_lazy("Name"), max_length=MAX_NAME)
    rule_action = forms.ChoiceField(label=gettext_lazy("What it does"), choices=list(ACTIONS.items()))
    mode = forms.ChoiceField(label=gettext_lazy("State"), choices=list(MODES.items()))
    phrases = _lines(
        gettext_lazy("It contains"),
        gettext_lazy(
            "Words or phrases, one per line. * is any text: crypto* is the beginning of a word, *coin* any part."
        ),
    )
    link_hosts = _lines(gettext_lazy("It links to"), _DOMAINS)
    hosts = _lines(gettext_lazy("Its author is on"), _DOMAINS)
    min_strangers = _number(
        gettext_lazy("Mentions of strangers"),
        MOST_MENTIONS,
        gettext_lazy("At least this many people of this server who don't follow the author."),
    )
    min_mentions = _number(
        gettext_lazy("Mentions"), MOST_MENTIONS, gettext_lazy("At least this many people of any server.")
    )
    younger_than_h = _number(
        gettext_lazy("Hours since the account was created"),
        MOST_HOURS,
        gettext_lazy("Fewer than this, as its server says."),
    )
    known_less_than_h = _number(
        gettext_lazy("Hours since the account was first seen here"),
        MOST_HOURS,
        gettext_lazy("Fewer than this."),
    )
    software = _lines(
        gettext_lazy("Software of its server"), gettext_lazy("Names, one per line, such as mastodon.")
    )
    languages = _lines(gettext_lazy("Languages"), gettext_lazy("Codes, one per line, such as en."))
    hashes = _lines(
        gettext_lazy("Its media is one of these files"),
        gettext_lazy(
            "SHA-256, one per line. A post's menu has “Block its media”, which fills it in. "
            "A file changed in any way is another file."
        ),
    )
    blurhashes = _lines(
        gettext_lazy("Its media looks like"),
        gettext_lazy("Blurhashes, one per line, from the reported post."),
    )

    async def create(self, user: User, row_id: int | None) -> int:
        """Add the rule, and return its id."""
        made = await add_rule(moderator=user, row_id=row_id, **self._values())
        return int(made.pk)

    async def change(self, user: User, rule_id: int) -> None:
        await change_rule(moderator=user, rule_id=rule_id, **self._values())

    def _values(self) -> dict[str, Any]:
        asked = self.cleaned_data
        values = {name: asked[name].splitlines() for name in LISTS} | {name: asked[name] for name in NUMBERS}
        return values | {"name": asked["rule_name"], "action": asked["rule_action"], "mode": asked["mode"]}


def initial_for_files(found: PostFiles) -> dict[str, Any]:
    """Return the values of the form for a new rule on the files of a post."""
    name = gettext("Media of @%(handle)s") % {"handle": found.author}
    return {
        "rule_name": name[:MAX_NAME],
        "rule_action": ShelterAction.hold.value,
        "mode": ShelterMode.active.value,
        "hashes": "\n".join(found.hashes),
    }


def with_files(initial: dict[str, Any], found: PostFiles) -> dict[str, Any]:
    """Add the files of a post to the values of the form of a rule."""
    return initial | {"hashes": "\n".join(dict.fromkeys((*initial["hashes"].splitlines(), *found.hashes)))}


def initial_of(rule: ShelterRule) -> dict[str, Any]:
    """Return the values of the form for a rule."""
    lists = {name: "\n".join(getattr(rule, name)) for name in LISTS}
    numbers = {name: getattr(rule, name) for name in NUMBERS}
    return {"rule_name": rule.name, "rule_action": rule.action, "mode": rule.mode, **lists, **numbers}
