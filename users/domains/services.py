"""Creating, editing and pausing domains, their rules, and publishing their texts. Callers check the permission on the domain."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError
from django.db.models import Max, Q
from django.db.models.functions import Lower

from core import clock
from core.db import async_atomic, on_commit, sql
from core.errors import Invalid, NotFound
from core.ids import new_id
from core.languages import LANGUAGES
from core.logs import get_logger
from core.texts.html import sanitise
from federation.models import DomainPolicy, Policy
from federation.peers import forget_policies
from federation.policies.domains import EVERY_HOST
from stator import State, transition
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.domains.events import on_domain_creating
from users.domains.footer import check_links
from users.domains.limits import check_limits
from users.domains.models import Domain, DomainGraph, DomainText, DomainTextKind, Rule, SignUpMode
from users.domains.names import check_host
from users.domains.queries import clear_domain_cache

log = get_logger(__name__)

MAX_RULES = 50  # of a domain; apps show them all at once
MAX_RULE_LENGTH = 500
MAX_HINT_LENGTH = 2000
MAIL_NAME = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")


@audited(Act.create_domain)
async def create_domain(*, name: str, service_name: str | None = None, title: str = "") -> Domain:
    """Create a domain, which is served at once. Raises BadInput if the name is invalid or used by another domain."""
    name = check_host(name)
    service_name = check_host(service_name) if service_name else None
    if service_name == name:
        service_name = None
    hosts = [host for host in (name, service_name) if host]
    try:
        async with async_atomic():
            # one at a time: the name of one domain must not be the service name of another
            await sql.run("LOCK TABLE users_domain IN SHARE ROW EXCLUSIVE MODE")
            taken = Domain.objects.annotate(n=Lower("name"), s=Lower("service_name"))
            if await taken.filter(Q(n__in=hosts) | Q(s__in=hosts)).aexists():
                raise Invalid("domain", "exists", name=" or ".join(hosts))
            await on_domain_creating.emit(name)
            domain = await Domain.objects.acreate(
                name=name, service_name=service_name, title=title.strip() or name
            )
            await record(Act.create_domain, Target("domain", domain.pk, domain.name), domain_id=domain.pk)
            await on_commit(_forget)
    except IntegrityError as error:
        raise Invalid("domain", "exists", name=name, detail=str(error)) from error
    log.info("domain.created", domain=name, service=service_name or "", base_url=domain.base_url)
    return domain


_CHANGEABLE = {
    "title",
    "description",
    "sign_up_mode",
    "is_public",
    "authorized_fetch",
    "is_local_only",
    "shows_profiles",
    "contact_email",
    "accent_color",
    "mail_name",
    "logo_file",
    "icon_file",
    "banner_file",
    "limits",
    "crawlers",
    "shows_trends",
    "shows_directory",
    "default_visibility",
    "contact_id",
    "front_id",
    "footer_links",
}


@audited(Act.change_domain)
async def edit_domain(*, domain: Domain, **changes: Any) -> Domain:
    """Change a domain's texts, colours or sign-up mode. Names never change, because they are part of every handle and id."""
    if unknown := set(changes) - _CHANGEABLE:
        raise ValueError(f"not changeable: {', '.join(sorted(unknown))}")
    if "sign_up_mode" in changes and changes["sign_up_mode"] not in SignUpMode:
        raise Invalid("sign_up_mode", "unknown")
    if "limits" in changes:
        changes["limits"] = check_limits(changes["limits"])
    if changes.get("mail_name") and not MAIL_NAME.fullmatch(changes["mail_name"]):
        raise Invalid("mail_name", "of_wrong_letters")
    if "footer_links" in changes:
        changes["footer_links"] = check_links(changes["footer_links"])
    async with async_atomic():
        fresh = await Domain.objects.aget(pk=domain.pk)
        fresh.all_rules = domain.all_rules
        changed = [field for field, value in changes.items() if getattr(fresh, field) != value]
        for field, value in changes.items():
            setattr(fresh, field, value)
        await fresh.asave(update_fields=list(changes))
        if "is_local_only" in changed:
            await _set_isolation(fresh)
        await record(
            Act.change_domain,
            Target("domain", fresh.pk, fresh.name),
            domain_id=fresh.pk,
            details={"changed": changed},
        )
        await on_commit(_forget)
    return fresh


async def _set_isolation(domain: Domain) -> None:
    """Block every host for a domain that doesn't federate, and no longer for another one. Follows stay stored. In a transaction."""
    if domain.is_local_only:
        await DomainPolicy.objects.aupdate_or_create(
            domain=domain, host=EVERY_HOST, defaults={"policy": Policy.blocked, "set_at": clock.now()}
        )
    else:
        await DomainPolicy.objects.filter(domain=domain, host=EVERY_HOST).adelete()


async def _forget() -> None:
    clear_domain_cache()
    forget_policies()


@audited(Act.pause_domain)
async def pause_domain(*, domain: Domain) -> Domain:
    """Answer 503 for everything of a domain but its media, and let its deliveries and scheduled posts wait. Idempotent."""
    return await _move(domain, DomainGraph.paused, Act.pause_domain)


@audited(Act.resume_domain)
async def resume_domain(*, domain: Domain) -> Domain:
    """End the pause of a domain. Deliveries that waited for it are tried again within a minute. Idempotent."""
    return await _move(domain, DomainGraph.served, Act.resume_domain)


async def _move(domain: Domain, state: State, act: Act) -> Domain:
    async with async_atomic():
        fresh = await Domain.objects.select_for_update(no_key=True).aget(pk=domain.pk)
        if await transition(fresh, state):
            await record(act, Target("domain", fresh.pk, fresh.name), domain_id=fresh.pk)
            await on_commit(_forget)
    log.info("domain.moved", domain=fresh.name, state=str(fresh.state))
    return fresh


type Translations = Mapping[str, Mapping[str, str]]
"""Language (core/languages.py) → `text` and `hint`."""


@audited(Act.add_rule)
async def add_rule(
    *,
    domain: Domain,
    text: str,
    hint: str = "",
    translations: Translations | None = None,
    row_id: int | None = None,
) -> Rule:
    """Add a rule after the others, optionally with the id `row_id`. Raises Invalid."""
    rule = Rule(id=row_id or new_id(), domain=domain, created_at=clock.now())
    _set_words(rule, text, hint, translations or {})
    async with async_atomic():
        await Domain.objects.select_for_update().aget(pk=domain.pk)  # one number each
        of_domain = Rule.objects.filter(domain=domain)
        if await of_domain.filter(removed_at=None).acount() >= MAX_RULES:
            raise Invalid("rules", "too_many", most=MAX_RULES)
        last = await of_domain.aaggregate(number=Max("number"), place=Max("place"))
        rule.number, rule.place = (last["number"] or 0) + 1, (last["place"] or 0) + 1
        await rule.asave(force_insert=True)
        await _record_rule(Act.add_rule, rule)
    return rule


@audited(Act.change_rule)
async def change_rule(
    *, domain: Domain, rule_id: int, text: str, hint: str = "", translations: Translations | None = None
) -> Rule:
    """Change the words of a rule, and replace its translations. Reports go on naming it. Raises Invalid and NotFound."""
    async with async_atomic():
        rule = await _locked_rule(domain, rule_id)
        _set_words(rule, text, hint, translations or {})
        await rule.asave(update_fields=["text", "hint", "translations"])
        await _record_rule(Act.change_rule, rule)
    return rule


@audited(Act.change_rule)
async def move_rule(*, domain: Domain, rule_id: int, is_up: bool) -> None:
    """Move a rule one place up or down; the first and the last one stay there. Raises NotFound."""
    async with async_atomic():
        rows = Rule.objects.filter(domain=domain, removed_at=None).select_for_update()
        rules = [rule async for rule in rows.order_by("place", "number")]
        index = next((place for place, rule in enumerate(rules) if rule.pk == rule_id), None)
        if index is None:
            raise NotFound(code="no_such_rule")
        other = index - 1 if is_up else index + 1
        if not 0 <= other < len(rules):
            return
        rules[index], rules[other] = rules[other], rules[index]
        for place, rule in enumerate(rules, start=1):
            rule.place = place
        await Rule.objects.abulk_update(rules, ["place"])
        await _record_rule(Act.change_rule, rules[other])


@audited(Act.remove_rule)
async def remove_rule(*, domain: Domain, rule_id: int) -> None:
    """Remove a rule. Earlier reports go on naming it. Raises NotFound."""
    async with async_atomic():
        rule = await _locked_rule(domain, rule_id)
        rule.removed_at = clock.now()
        await rule.asave(update_fields=["removed_at"])
        await _record_rule(Act.remove_rule, rule)


async def _locked_rule(domain: Domain, rule_id: int) -> Rule:
    rows = Rule.objects.filter(domain=domain, removed_at=None, pk=rule_id)
    rule = await rows.select_for_update().afirst()
    if rule is None:
        raise NotFound(code="no_such_rule")
    return rule


def _set_words(rule: Rule, text: str, hint: str, translations: Translations) -> None:
    rule.text, rule.hint = _checked_words(text, hint)
    if not rule.text:
        raise Invalid("text", "blank")
    rule.translations = {}
    for language in LANGUAGES:
        said, more = _checked_words(
            *(translations.get(language, {}).get(key, "") for key in ("text", "hint"))
        )
        if said or more:
            rule.translations[language] = {"text": said, "hint": more}


def _checked_words(text: str, hint: str) -> tuple[str, str]:
    text, hint = text.strip(), hint.strip()
    if len(text) > MAX_RULE_LENGTH:
        raise Invalid("text", "exceeds", most=MAX_RULE_LENGTH)
    if len(hint) > MAX_HINT_LENGTH:
        raise Invalid("hint", "too_long", most=MAX_HINT_LENGTH)
    return text, hint


async def _record_rule(act: Act, rule: Rule) -> None:
    target = Target("rule", rule.pk, rule.text[:200])
    await record(act, target, domain_id=rule.domain_id, details={"number": rule.number})
    await on_commit(_forget)


@audited(Act.publish_text)
async def publish_text(
    *, domain: Domain, kind: DomainTextKind, content: str, effective_on: dt.date | None = None
) -> DomainText:
    """Publish a text (HTML, sanitised here) that takes effect on a day, by default today; it replaces an earlier one of the same day."""
    content = sanitise(content).strip()
    if not content:
        raise Invalid("content", "blank")
    async with async_atomic():
        row, _ = await DomainText.objects.aupdate_or_create(
            domain=domain,
            kind=DomainTextKind(kind),
            effective_on=effective_on or clock.now().date(),
            defaults={"content": content, "published_at": clock.now()},
        )
        await record(
            Act.publish_text,
            Target("text", row.pk, str(row.kind)),
            domain_id=domain.pk,
            details={"effective_on": row.effective_on.isoformat()},
        )
    return row
