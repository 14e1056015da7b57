"""Account, its fields, and MutedAccount: docs.joinmastodon.org/entities/Account"""

import datetime as dt

import msgspec
from msgspec import UNSET, UnsetType

from api.entities.custom_emoji import CustomEmoji, custom_emojis
from api.entities.feature_approval import EVERYBODY, NEVER, FeatureApproval
from api.entities.role import AccountRole
from api.entities.times import date, midnight, timestamp
from federation.media.addresses import proxied_url
from federation.models import RemoteFileKind
from users.domains.models import Domain
from users.identities.queries.profiles import Profile


class AccountField(msgspec.Struct):
    name: str
    value: str
    verified_at: str | None = None


class Account(msgspec.Struct, kw_only=True):
    id: str
    username: str
    acct: str
    display_name: str
    locked: bool
    bot: bool
    discoverable: bool | None
    indexable: bool
    group: bool
    created_at: str
    note: str
    url: str | None
    uri: str
    avatar: str
    avatar_static: str
    avatar_description: str
    header: str
    header_static: str
    header_description: str
    followers_count: int
    following_count: int
    statuses_count: int
    last_status_at: str | None
    hide_collections: bool | None
    show_media: bool = True
    show_media_replies: bool = True
    show_featured: bool = True
    noindex: bool | UnsetType = UNSET
    emojis: list[CustomEmoji] = []
    roles: list[AccountRole] | UnsetType = UNSET
    fields: list[AccountField] = []
    feature_approval: FeatureApproval = NEVER
    moved: "Account | UnsetType" = UNSET
    suspended: bool | UnsetType = UNSET
    limited: bool | UnsetType = UNSET
    mute_expires_at: str | UnsetType | None = UNSET


class MutedAccount(Account, kw_only=True):
    """Account in the list of mutes, with `mute_expires_at`."""

    mute_expires_at: str | None = None


def account(profile: Profile, domain: Domain) -> Account:
    """Render a profile for users of `domain`. A suspended one, and one of a blocked server, has only its name, as in Mastodon."""
    base = domain.base_url
    hidden = profile.is_hidden or profile.is_deleted

    def shown_picture(url: str, kind: RemoteFileKind) -> str:
        return proxied_url(url, kind, base, owner=profile.uri)

    icon = (
        not hidden and shown_picture(profile.icon_url, RemoteFileKind.avatar)
    ) or f"{base}/static/api/avatar.png"
    image = (
        not hidden and shown_picture(profile.image_url, RemoteFileKind.header)
    ) or f"{base}/static/api/header.png"
    shown = Account(
        id=str(profile.id),
        username=profile.username,
        acct=profile.acct(domain),
        display_name="" if hidden else profile.name,
        locked=profile.approves_followers,
        bot=profile.is_bot,
        discoverable=False if hidden else profile.is_discoverable,
        indexable=not hidden and profile.is_indexable,
        group=profile.actor_type == "Group",
        created_at=midnight(profile.created_at),
        note="" if hidden else profile.summary,
        url=profile.profile_url or profile.uri,
        uri=profile.uri,
        avatar=icon,
        avatar_static=icon,
        avatar_description="" if hidden else profile.icon_description,
        header=image,
        header_static=image,
        header_description="" if hidden else profile.image_description,
        followers_count=profile.followers_count,
        following_count=profile.following_count,
        statuses_count=profile.posts_count,
        last_status_at=date(profile.last_post_at) if profile.last_post_at else None,
        hide_collections=profile.hides_follows,
        show_media=profile.shows_media,
        show_media_replies=profile.shows_media_of_replies,
        show_featured=profile.shows_featured,
        emojis=custom_emojis(profile.emojis, domain) if profile.emojis else [],
    )
    if profile.fields and not hidden:
        shown.fields = [AccountField(f.name, f.value, _verified(f.verified_at)) for f in profile.fields]
    if profile.is_local:
        shown.noindex = not profile.is_indexable
        shown.roles = []
    if profile.may_be_featured and not hidden:
        shown.feature_approval = EVERYBODY
    if hidden:
        shown.suspended = True
    elif profile.is_limited:
        shown.limited = True
    return shown


def _verified(moment: str | None) -> str | None:
    return timestamp(dt.datetime.fromisoformat(moment)) if moment else None


def muted_account(profile: Profile, domain: Domain, expires_at: dt.datetime | None) -> MutedAccount:
    """Render an account of the list of mutes."""
    fields = msgspec.structs.asdict(account(profile, domain))
    fields["mute_expires_at"] = timestamp(expires_at) if expires_at else None
    return MutedAccount(**fields)
