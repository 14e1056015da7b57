"""Applying the rules to an incoming post, and writing them. What happens to the post is in publishing/services/sheltering.py."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from activities.posts.activitypub.post_document import PostDocument
from activities.posts.models import Visibility
from activities.shelter.activitypub import Incoming, Term
from activities.shelter.models import MAX_EXAMPLES, RuleTrial, ShelterAction, ShelterMode, ShelterRule
from activities.shelter.queries.rules import MAX_RULES, compiled_rules, forget_rules, rules_met
from activities.shelter.text import parse_phrase
from core import clock
from core.db import async_atomic, on_commit, sql
from core.errors import Invalid, NotFound
from core.hosts.names import BadHost, normal_host
from core.ids import new_id
from core.logs import get_logger
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.identities.models import Identity, Restriction
from users.logins.models import User
from users.logins.services.notices import mail_staff
from users.logins.services.staff import require
from users.moderation import events
from users.moderation.models import Report, ReportCategory
from users.moderation.services import REPORTS
from users.moderation.services.people import set_restriction
from users.roles.models import Permission

log = get_logger(__name__)

MAX_NAME = 100
MAX_VALUES = 500  # of a condition
MAX_LENGTH = 200  # of a value
MOST_MENTIONS = 1000
MOST_HOURS = 24 * 366 * 10

LISTS = ("phrases", "link_hosts", "hosts", "software", "languages", "blurhashes", "hashes")
NUMBERS = {
    "min_mentions": MOST_MENTIONS,
    "min_strangers": MOST_MENTIONS,
    "younger_than_h": MOST_HOURS,
    "known_less_than_h": MOST_HOURS,
}
_RULES = sql.table(ShelterRule)
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Judgement(NamedTuple):
    """The rules in effect that an incoming post meets."""

    terms: tuple[Term, ...] = ()

    def has(self, action: ShelterAction) -> bool:
        return any(term.action is action for term in self.terms)

    def first(self, action: ShelterAction) -> Term | None:
        """Return the first rule with this action."""
        return next((term for term in self.terms if term.action is action), None)

    @property
    def drops(self) -> bool:
        return self.has(ShelterAction.drop)

    @property
    def holds(self) -> bool:
        return self.has(ShelterAction.hold)

    @property
    def changes(self) -> dict[str, bool]:
        """The columns of the post that differ from its document."""
        return {"is_sensitive": True} if self.has(ShelterAction.mark) else {}

    @property
    def holder(self) -> Term:
        """The first rule that holds the post; only if there is one."""
        return next(term for term in self.terms if term.action is ShelterAction.hold)


_NOTHING = Judgement()


async def judge(author: Identity, document: PostDocument) -> Judgement:
    """Apply all rules to an incoming post or edit: count the matches, report or limit the author. In a transaction."""
    if not (await compiled_rules()).count:
        return _NOTHING
    return await _apply(await rules_met(Incoming(author, document, clock.now())), author, document)


async def judge_file(author: Identity, post: Incoming, sha256: str) -> Judgement:
    """Apply the rules that name the hash of a file to a stored post, once the file was copied, as `judge`. In a transaction."""
    if sha256 not in (await compiled_rules()).hashes:
        return _NOTHING
    found = [term for term in await rules_met(post) if sha256 in term.hashes]
    return await _apply(found, author, post.document)


async def _apply(found: list[Term], author: Identity, document: PostDocument) -> Judgement:
    if not found:
        return _NOTHING
    await _count(found, author, document)
    judged = Judgement(tuple(term for term in found if term.is_active))
    if reporting := judged.first(ShelterAction.report):
        await _report(author, document, reporting)
    if limiting := judged.first(ShelterAction.limit):
        await _limit(author, limiting)
    log.info(
        "shelter.matched", post=document.uri, rules=[term.id for term in found], active=len(judged.terms)
    )
    return judged


async def _count(found: list[Term], author: Identity, document: PostDocument) -> None:
    """Count a match of each rule, and keep the post as an example: of private ones only the author."""
    is_open = document.visibility <= Visibility.unlisted
    example = {
        "uri": document.uri if is_open else "",
        "author": author.handle,
        "at": clock.now().isoformat(timespec="seconds"),
    }
    await sql.run(
        f"""UPDATE {_RULES} r SET matches = matches + 1, last_match_at = %(now)s, examples = (
                SELECT jsonb_agg(e.value ORDER BY e.place) FROM
                jsonb_array_elements(%(example)s::text::jsonb || r.examples) WITH ORDINALITY AS e (value, place)
                WHERE e.place <= {MAX_EXAMPLES})
            WHERE r.id IN (SELECT id FROM {_RULES} WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id FOR NO KEY UPDATE)""",
        {
            "ids": [term.id for term in found],
            "example": msgspec.json.encode([example]).decode(),
            "now": clock.now(),
        },
    )


async def _report(author: Identity, document: PostDocument, term: Term) -> None:
    """Report the author to the server's staff with the name of the rule, unless such a report waits. Index users_report_of_target."""
    waiting = Report.objects.filter(target=author, source=None, comment=term.name, resolved_at=None)
    if await waiting.aexists():
        return
    made = await Report.objects.acreate(
        target=author, comment=term.name, category=ReportCategory.spam, post_uris=[document.uri]
    )
    await mail_staff(REPORTS, None)
    await events.on_report.emit(made)


async def _limit(author: Identity, term: Term) -> None:
    """Limit the author, with the name of the rule in the audit log, unless staff have restricted them."""
    locked = await Identity.objects.select_for_update(no_key=True).filter(pk=author.pk).afirst()
    if locked is None or locked.staff_restriction != Restriction.none:
        return
    await set_restriction(locked, Restriction.limited)
    author.restriction = locked.restriction
    details = {"restriction": Restriction.limited.name, "before": Restriction.none.name}
    target = Target("person", author.pk, author.handle)
    await record(Act.restrict_person, target, reason=term.name, details=details)


@audited(Act.add_shelter_rule)
async def add_rule(
    *, moderator: User, name: str, action: str, mode: str, row_id: int | None = None, **conditions: Any
) -> ShelterRule:
    """Add a rule with these conditions, named as the columns of ShelterRule. For staff of the whole server."""
    require(moderator, Permission.manage_federation)
    rule = ShelterRule(id=row_id or new_id(), created_at=clock.now())
    _set(rule, name=name, action=action, mode=mode, conditions=conditions)
    async with async_atomic():
        if await ShelterRule.objects.acount() >= MAX_RULES:
            raise Invalid("rules", "too_many", most=MAX_RULES)
        await rule.asave(force_insert=True)
        await _note(Act.add_shelter_rule, rule, moderator)
    return rule


@audited(Act.change_shelter_rule)
async def change_rule(
    *, moderator: User, rule_id: int, name: str, action: str, mode: str, **conditions: Any
) -> ShelterRule:
    """Replace everything that a rule says; its count stays. Raises NotFound."""
    require(moderator, Permission.manage_federation)
    async with async_atomic():
        rule = await _locked(rule_id)
        _set(rule, name=name, action=action, mode=mode, conditions=conditions)
        await rule.asave(update_fields=["name", "action", "mode", *LISTS, *NUMBERS, "changed_at"])
        await RuleTrial.objects.filter(pk=rule_id).adelete()  # it says nothing about other conditions
        await _note(Act.change_shelter_rule, rule, moderator)
    return rule


@audited(Act.remove_shelter_rule)
async def remove_rule(*, moderator: User, rule_id: int) -> ShelterRule:
    """Delete a rule. The posts that it holds stay held. Raises NotFound."""
    require(moderator, Permission.manage_federation)
    async with async_atomic():
        rule = await _locked(rule_id)
        await ShelterRule.objects.filter(pk=rule_id).adelete()
        await _note(Act.remove_shelter_rule, rule, moderator)
    return rule


async def _locked(rule_id: int) -> ShelterRule:
    rule = await ShelterRule.objects.select_for_update().filter(pk=rule_id).afirst()
    if rule is None:
        raise NotFound(code="no_such_rule")
    return rule


async def _note(act: Act, rule: ShelterRule, by: User) -> None:
    """Write the audit log, and let the rule take effect with the commit."""
    conditions = {name: value for name in (*LISTS, *NUMBERS) if (value := getattr(rule, name))}
    shown = {name: len(value) if isinstance(value, list) else value for name, value in conditions.items()}
    details = {"action": str(rule.action), "mode": str(rule.mode), **shown}
    await record(act, Target("shelter_rule", rule.pk, rule.name), by=by.pk, details=details)
    await on_commit(_forget)


async def _forget() -> None:
    forget_rules()


def _set(rule: ShelterRule, *, name: str, action: str, mode: str, conditions: Mapping[str, Any]) -> None:
    """Set all columns from what staff typed. Raises Invalid."""
    rule.name = name.strip()
    if not rule.name:
        raise Invalid("rule_name", "blank")
    if len(rule.name) > MAX_NAME:
        raise Invalid("rule_name", "too_long", most=MAX_NAME)
    if action not in ShelterAction:
        raise Invalid("rule_action", "unknown")
    if mode not in ShelterMode:
        raise Invalid("mode", "unknown")
    rule.action, rule.mode, rule.changed_at = action, mode, clock.now()
    for field in LISTS:
        setattr(rule, field, _values(field, conditions.get(field, ())))
    for field, most in NUMBERS.items():
        setattr(rule, field, _number(conditions.get(field), most))
    if not any(getattr(rule, field) for field in (*LISTS, *NUMBERS)):
        raise Invalid("conditions", "blank")


def _values(field: str, given: list[str]) -> list[str]:
    typed = [text for one in given if (text := one.strip())]
    if len(typed) > MAX_VALUES:
        raise Invalid("values", "too_many", most=MAX_VALUES)
    if any(len(one) > MAX_LENGTH for one in typed):
        raise Invalid("values", "too_long", most=MAX_LENGTH)
    if field in {"link_hosts", "hosts"}:
        typed = [_host(field, one) for one in typed]
    elif field == "hashes":
        typed = [_hash(one) for one in typed]
    elif field == "phrases":
        for one in typed:
            if parse_phrase(one) is None:
                raise Invalid("phrases", "no_words", given=one)
    return list(dict.fromkeys(typed))


def _host(field: str, text: str) -> str:
    try:
        return normal_host(text.removeprefix("*."))
    except BadHost as error:
        raise Invalid(field, "not_a_host", given=text) from error


def _hash(text: str) -> str:
    if not _SHA256.fullmatch(text := text.lower()):
        raise Invalid("hashes", "not_a_hash", given=text)
    return text


def _number(given: int | None, most: int) -> int | None:
    if given is not None and not 1 <= given <= most:
        raise Invalid("numbers", "out_of_range", most=most)
    return given
