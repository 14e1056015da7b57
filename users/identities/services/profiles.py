"""Editing and deleting local identities, and inserting the rows of new ones."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from core import clock
from core.crypto.keys import KeyPair, seal
from core.db import async_atomic
from core.errors import Invalid
from core.ids import new_id
from core.logs import get_logger
from core.texts import field_to_html, handles, is_blank, is_one_line, to_html
from core.texts.languages import known_language
from stator import transition
from users.audit.models import Act
from users.audit.services import Target, record_of_shell
from users.domains.models import Domain
from users.domains.names import check_host
from users.domains.queries import domain_by_id, limits_of
from users.emojis.queries import used_emojis
from users.identities import events
from users.identities.models import ActorType, Identity, IdentityGraph
from users.identities.queries.mentioned import find_mentioned
from users.identities.reading import keep_verified
from users.identities.services.keys import new_assertion_key
from users.identities.services.locking import lock_own
from users.identities.services.search_names import index_name

log = get_logger(__name__)

MAX_NAME_LENGTH = 100
MAX_FIELD_LENGTH = 255
MAX_PICTURE_DESCRIPTION_LENGTH = 1500
MAX_ATTRIBUTION_DOMAINS = 10


def addresses_of(domain: Domain, username: str) -> dict[str, Any]:
    """Return the id and every address of a new local identity, as columns."""
    base, name = domain.base_url, quote(username)
    uri = f"{base}/users/{name}"
    return {
        "id": new_id(),
        "uri": uri,
        "profile_url": f"{base}/@{name}",
        "inbox_url": f"{uri}/inbox",
        "shared_inbox_url": f"{base}/inbox",
        "outbox_url": f"{uri}/outbox",
        "followers_url": f"{uri}/followers",
        "following_url": f"{uri}/following",
        "featured_url": f"{uri}/collections/featured",
        "public_key_id": f"{uri}#main-key",
    }


async def insert_local(*, domain: Domain, username: str, pair: KeyPair, name: str) -> Identity:
    """Insert the rows of a new local identity. Runs inside the caller's transaction, which has reserved the name."""
    identity = await Identity.objects.acreate(
        **addresses_of(domain, username),
        username=username,
        host=domain.name,
        domain=domain,
        name=_checked_name("name", name, MAX_NAME_LENGTH),
        first_step=1,
        default_visibility=domain.default_visibility,
        public_key=pair.public_pem,
        private_key=seal(pair.private_pem),
        created_at=clock.now(),
    )
    await index_name(identity)
    await new_assertion_key(identity.pk, identity.uri).asave(force_insert=True)
    return identity


def _checked(field: str, text: str, longest: int) -> str:
    text = text.strip()
    if len(text) > longest:
        raise Invalid(field, "too_long", most=longest)
    if "\x00" in text:
        raise Invalid(field, "not_storable")
    return text


def _checked_name(field: str, text: str, longest: int) -> str:
    text = _checked(field, text, longest)
    if not is_one_line(text):
        raise Invalid(field, "not_one_line")
    if text and is_blank(text):
        raise Invalid(field, "not_visible")
    return text


POLICIES = (
    "default_quote_policy",
    "default_reply_policy",
    "default_like_policy",
    "default_boost_policy",
    "default_policies",
)
# these are not federated
_PRIVATE = {
    "default_visibility",
    "default_language",
    "default_sensitive",
    "media_descriptions",
    "opens_warnings",
    "expands_media",
    "first_step",
    *POLICIES,
}
_PLAIN = {
    "approves_followers",
    "is_discoverable",
    "is_indexable",
    "hides_follows",
    "icon_url",
    "icon_file",
    "icon_description",
    "image_url",
    "image_file",
    "image_description",
    *_PRIVATE,
    "shows_media",
    "shows_media_of_replies",
    "shows_featured",
}


async def edit_profile(
    *,
    identity: Identity,
    name: str | None = None,
    summary: str | None = None,
    fields: Sequence[tuple[str, str]] | None = None,
    actor_type: str | None = None,
    also_known_as: Sequence[str] | None = None,
    attribution_domains: Sequence[str] | None = None,
    **changes: Any,
) -> Identity:
    """Edit a profile and tell followers' servers. Arguments that are None or left out don't change.

    `summary` and the values of `fields` are plain text; their HTML is generated here, with links for hashtags and for handles of known
    actors. Other changes: approves_followers, is_discoverable, is_indexable, hides_follows, icon_url, icon_description, image_url,
    image_description, default_visibility, default_language, default_sensitive, media_descriptions, opens_warnings, expands_media,
    first_step, those of POLICIES, shows_media, shows_media_of_replies, shows_featured.
    """
    if unknown := set(changes) - _PLAIN:
        raise ValueError(f"not changeable: {', '.join(sorted(unknown))}")
    values: dict[str, Any] = {key: value for key, value in changes.items() if value is not None}
    limits = await limits_of(identity.domain_id)
    if name is not None:
        values["name"] = _checked_name("name", name, MAX_NAME_LENGTH)
    if summary is not None:
        values["summary_source"] = _checked("summary", summary, limits.bio)
    rows = None if fields is None else _checked_fields(fields, limits.fields)
    linking = await _linking(
        identity, [values.get("summary_source", ""), *(value for _, value in rows or [])]
    )
    if summary is not None:
        values["summary"] = to_html(values["summary_source"], **linking)
    if actor_type is not None:
        if actor_type not in ActorType:
            raise Invalid("actor_type", "unknown")
        values["actor_type"] = actor_type
    if also_known_as is not None:
        values["also_known_as"] = [_checked("also_known_as", uri, 2048) for uri in also_known_as][:10]
    if values.get("default_language"):
        known = known_language(values["default_language"])
        if known is None:
            raise Invalid("default_language", "unknown")
        values["default_language"] = known
    if attribution_domains is not None:
        values["attribution_domains"] = _attribution(attribution_domains)
    async with async_atomic():
        fresh = await lock_own(identity)
        if rows is not None:
            values["fields"] = _fields(rows, fresh.fields, linking)
        if not {"name", "summary_source", "fields"}.isdisjoint(values):
            values["emojis"] = await _emojis(fresh, values)
        changed = {key: value for key, value in values.items() if getattr(fresh, key) != value}
        for key, value in changed.items():
            setattr(fresh, key, value)
        is_seen = bool(set(changed) - _PRIVATE)
        if is_seen:  # begin with the first follower, even if an earlier edit is still being announced
            fresh.announced_as = fresh.announced_to = None
        if changed:
            begun = ["announced_as", "announced_to"] if is_seen else []
            await fresh.asave(update_fields=[*changed, *begun])
        if "name" in changed:
            await index_name(fresh)
        if is_seen:
            await transition(fresh, IdentityGraph.edited)
        if rows is not None:
            await events.on_fields_changed.emit(fresh)
    return fresh


def _attribution(domains: Sequence[str]) -> list[str]:
    """Return the domains without duplicates, in lower case. Whole URLs are accepted, too."""
    hosts = list(
        dict.fromkeys(check_host(text.split("://")[-1].split("/")[0]) for text in domains if text.strip())
    )
    if len(hosts) > MAX_ATTRIBUTION_DOMAINS:
        raise Invalid("attribution_domains", "too_many", most=MAX_ATTRIBUTION_DOMAINS)
    return hosts


def _checked_fields(fields: Sequence[tuple[str, str]], most: int) -> list[tuple[str, str]]:
    """Check labels and values and return them as stored, without empty rows."""
    rows = [
        (_checked_name("label", label, MAX_FIELD_LENGTH), _checked("value", value, MAX_FIELD_LENGTH))
        for label, value in fields
    ]
    rows = [(label, value) for label, value in rows if label or value]
    if len(rows) > most:
        raise Invalid("fields", "too_many", most=most)
    return rows


async def _linking(identity: Identity, texts: Sequence[str]) -> dict[str, Any]:
    """Return the arguments with which `to_html` links hashtags and handles in texts of `identity`. Handles of unknown actors stay text."""
    domain = None if identity.domain_id is None else await domain_by_id(identity.domain_id)
    people = await find_mentioned(handles("\n".join(texts), identity.host))
    return {
        "own_host": identity.host,
        "base_url": "" if domain is None else domain.base_url,
        "profile_urls": {handle: person.profile_url for handle, person in people.items()},
    }


def _fields(
    rows: Sequence[tuple[str, str]], before: list[dict[str, Any]], linking: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return the rows as stored. A verified link stays verified until it changes."""
    new = [
        {"name": label, "value": field_to_html(value, **linking), "source": value} for label, value in rows
    ]
    return keep_verified(new, before)


async def _emojis(before: Identity, values: dict[str, Any]) -> list[dict[str, str]]:
    """Return copies of the custom emoji in the edited profile."""
    now = {name: values.get(name, getattr(before, name)) for name in ("name", "summary_source", "fields")}
    domain = None if before.domain_id is None else await domain_by_id(before.domain_id)
    if domain is None:
        return []
    rows = [text for row in now["fields"] for text in (row.get("name", ""), row.get("source", ""))]
    return await used_emojis(domain, now["name"], now["summary_source"], *rows)


async def delete_identity(*, identity: Identity) -> Identity:
    """Delete a local identity permanently: it disappears from all pages at once, and its data in the background. Its name is never reused."""
    async with async_atomic():
        fresh = await lock_own(identity, deletes=True)
        fresh.deleted_at = clock.now()
        await fresh.asave(update_fields=["deleted_at"])
        await transition(fresh, IdentityGraph.deleted)
        await record_of_shell(
            Act.delete_identity, Target("person", fresh.pk, fresh.handle), domain_id=fresh.domain_id
        )
    log.info("identity.deleted", handle=fresh.handle)
    return fresh
