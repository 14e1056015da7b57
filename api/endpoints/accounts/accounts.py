"""Accounts: the caller's own, and others by id, name or search (docs.joinmastodon.org/methods/accounts)."""

from typing import Annotated, Literal

import msgspec

from activities.quotes.services.quotes import POLICIES, POLICY_WORDS
from activities.remote_profiles.services.looks import request_look
from activities.timelines.queries import timelines
from api.endpoints.accounts.profile_editing import ProfileEdit, edit_profile, own_account
from api.entities.account import Account, account
from api.entities.credential_account import CredentialAccount
from api.entities.preferences import Preferences
from api.entities.status import Status, statuses
from api.entities.visibility import FROM_API, TO_API
from api.pagination import ACCOUNTS, StatusPage, link_posts
from api.parameters import NULL_AS_EMPTY, Id, Length, Limit
from api.people import accounts_of, moved_to, profile_for, resolve_account
from api.routing import Call, endpoint
from core.errors import NotFound
from core.media.limits import MEGABYTE, PICTURE_BYTES
from users.identities.queries import identities
from users.identities.queries.profiles import Profile, load_profiles
from users.relations.queries.search import search_accounts


@endpoint("GET", "/api/v1/accounts/verify_credentials", scope="profile|read:accounts", auth="user")
async def verify_credentials(call: Call) -> CredentialAccount:
    """Return the account of the token."""
    return await own_account(call, call.me)


class SourceEdit(msgspec.Struct):
    privacy: Literal["public", "unlisted", "private"] | None = None
    sensitive: bool | None = None
    language: Annotated[str, Length(35), NULL_AS_EMPTY] | None = None
    quote_policy: Literal["public", "followers", "nobody"] | None = None


class AccountEdit(ProfileEdit):
    source: SourceEdit | None = None


@endpoint(
    "PATCH",
    "/api/v1/accounts/update_credentials",
    scope="write:accounts",
    auth="user",
    body_bytes=2 * PICTURE_BYTES + MEGABYTE,
    only_verb=True,
)
async def update_credentials(call: Call, edit: AccountEdit) -> CredentialAccount:
    """Edit the caller's profile; absent fields stay unchanged."""
    source = edit.source or SourceEdit()
    changed = await edit_profile(
        call,
        edit,
        default_visibility=FROM_API[source.privacy] if source.privacy else None,
        default_language=source.language,
        default_sensitive=source.sensitive,
        default_quote_policy=POLICIES[source.quote_policy] if source.quote_policy else None,
    )
    return await own_account(call, changed)


@endpoint("GET", "/api/v1/preferences", scope="read:accounts", auth="user")
async def preferences(call: Call) -> Preferences:
    """Return the caller's preferences for posting and reading."""
    return Preferences(
        visibility=TO_API[call.me.default_visibility],
        language=call.me.default_language or None,
        sensitive=call.me.default_sensitive,
        quote_policy=POLICY_WORDS[call.me.default_quote_policy],  # type: ignore[arg-type]  # its words
        media=call.me.expands_media,
        spoilers=call.me.opens_warnings,
    )


async def _looked_at(call: Call, identity_id: int) -> Profile:
    """Return the profile. For a remote one the worker is asked to refresh it."""
    profile = await profile_for(call, identity_id)
    if call.viewer is not None and not profile.is_local:
        await request_look(profile.id, profile.uri)
    return profile


class Handle(msgspec.Struct):
    acct: str


@endpoint("GET", "/api/v1/accounts/lookup", scope="read:accounts", auth="either")
async def lookup(call: Call, handle: Handle) -> Account:
    """Return the account with this name, if it is known and not on a blocked server."""
    name, _, host = handle.acct.strip().lstrip("@").partition("@")
    found = await identities.by_handle(f"{name}@{host or call.domain.name}") if name else None
    if found is None:
        raise NotFound
    profile = await _looked_at(call, found.pk)
    if profile.is_on_blocked_host:
        raise NotFound
    shown = account(profile, call.domain)
    shown.moved = await moved_to(profile, call.domain)
    return shown


class AccountSearch(msgspec.Struct):
    q: str
    limit: Annotated[int, ACCOUNTS] = ACCOUNTS.default
    offset: Annotated[int, Limit(0, 10_000)] = 0
    resolve: bool = False
    following: bool = False


@endpoint("GET", "/api/v1/accounts/search", scope="read:accounts", auth="user")
async def search(call: Call, asked: AccountSearch) -> list[Account]:
    """Find accounts whose name begins with the text. With `resolve`, a complete handle is looked up on its server, for a few seconds."""
    if asked.resolve and asked.offset == 0:
        await resolve_account(call, asked.q)
    found = await search_accounts(
        asked.q, call.viewer, asked.limit, following=asked.following, offset=asked.offset
    )
    return await accounts_of(call, found)


class AccountIds(msgspec.Struct):
    id: list[Id] = []


@endpoint("GET", "/api/v1/accounts", scope="read:accounts", auth="either")
async def index(call: Call, asked: AccountIds) -> list[Account]:
    """Return the accounts with these ids, without unknown and deleted ones."""
    profiles = await load_profiles(asked.id[:40])
    found = [profiles[i] for i in dict.fromkeys(asked.id[:40]) if i in profiles]
    return [account(profile, call.domain) for profile in found if not profile.is_deleted]


@endpoint("GET", "/api/v1/accounts/<id>", scope="read:accounts", auth="either")
async def show(call: Call, id: Id) -> Account:
    """Return an account, with `moved` if it has moved."""
    profile = await _looked_at(call, id)
    shown = account(profile, call.domain)
    shown.moved = await moved_to(profile, call.domain)
    return shown


class AccountStatuses(StatusPage, kw_only=True):
    only_media: bool = False
    exclude_replies: bool = False
    exclude_reblogs: bool = False
    pinned: bool = False
    tagged: Annotated[str, Length(200)] = ""


@endpoint("GET", "/api/v1/accounts/<id>/statuses", scope="read:statuses", auth="either")
async def account_statuses(call: Call, id: Id, asked: AccountStatuses) -> list[Status]:
    """Return the account's posts and boosts that the caller may see."""
    await _looked_at(call, id)
    found = await timelines.profile_posts(
        id,
        call.viewer,
        asked.here(),
        exclude_replies=asked.exclude_replies,
        exclude_boosts=asked.exclude_reblogs,
        only_media=asked.only_media,
        pinned=asked.pinned,
        tagged=asked.tagged,
    )
    link_posts(call, found, limit=asked.limit)
    return statuses(found, call.viewpoint)
