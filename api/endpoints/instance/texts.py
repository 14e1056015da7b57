"""The server's privacy policy and terms, blocked servers, languages (docs.joinmastodon.org/methods/instance)."""

import datetime as dt

from activities.translations import services as translations
from api.entities.instance_texts import (
    DomainBlock,
    Language,
    PrivacyPolicy,
    TermsOfService,
    domain_block,
    privacy_policy,
    terms_of_service,
)
from api.routing import Call, endpoint
from api.services import statistics
from core import clock
from core.errors import NotFound
from core.texts.language_names import LANGUAGE_NAMES
from federation.models import Policy
from users.domains import options
from users.domains import queries as domain_texts
from users.domains.models import DomainText, DomainTextKind
from users.moderation.queries.domain_policies import published_policies


@endpoint("GET", "/api/v1/instance/privacy_policy")
async def privacy(call: Call) -> PrivacyPolicy:
    return privacy_policy(await domain_texts.current_text(call.domain, DomainTextKind.privacy_policy))


async def _terms(text: DomainText | None) -> TermsOfService:
    if text is None:
        raise NotFound
    next_one = await domain_texts.next_text(text)
    today = clock.now().date()
    is_effective = text.effective_on <= today and (next_one is None or next_one.effective_on > today)
    return terms_of_service(text, next_one, is_effective=is_effective)


@endpoint("GET", "/api/v1/instance/terms_of_service")
async def terms(call: Call) -> TermsOfService:
    """Return the terms in effect; 404 if there are none."""
    return await _terms(await domain_texts.current_text(call.domain, DomainTextKind.terms_of_service))


@endpoint("GET", "/api/v1/instance/terms_of_service/<date>")
async def terms_of(call: Call, date: str) -> TermsOfService:
    """Return the terms with this effective date."""
    try:
        day = dt.date.fromisoformat(date)
    except ValueError as error:
        raise NotFound from error
    return await _terms(await domain_texts.text_of(call.domain, DomainTextKind.terms_of_service, day))


@endpoint("GET", "/api/v1/instance/languages")
async def languages(call: Call) -> list[Language]:
    """Return the languages available for posts."""
    return [Language(code, name) for code, (name, _) in sorted(LANGUAGE_NAMES.items())]


@endpoint("GET", "/api/v1/instance/translation_languages")
async def translation_languages(call: Call) -> dict[str, list[str]]:
    """Return each source language with its target languages; none without a translation service."""
    return await translations.languages()


@endpoint("GET", "/api/v1/instance/domain_blocks", auth="either")
async def domain_blocks(call: Call) -> list[DomainBlock]:
    """Return the blocked and limited servers, to signed-in users, and to everybody if the operators publish them.

    Includes those that only this domain blocks or limits; the stricter policy counts.
    """
    if call.viewer is None and not await options.get(options.PUBLISHES_BLOCKS, domain=call.domain.pk):
        raise NotFound
    own = {host: (policy, said) for host, policy, said in await published_policies(call.domain)}
    blocks = {host: domain_block(host, policy) for host, policy in await statistics.restricted_peers()}
    for host, (policy, said) in own.items():
        if host not in blocks or policy == Policy.blocked:
            blocks[host] = domain_block(host, policy, said)
    return [blocks[host] for host in sorted(blocks)]
