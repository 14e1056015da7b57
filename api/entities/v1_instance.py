"""V1::Instance: docs.joinmastodon.org/entities/V1_Instance. Deprecated, but still the first request of many apps."""

import msgspec

from activities.publishing.services.pins import MAX_PINS
from activities.tags.services.following import MAX_FEATURED
from api.entities.account import Account
from api.entities.instance import MediaLimits, PollLimits, StatusLimits
from api.entities.rule import Rule


class Urls(msgspec.Struct):
    streaming_api: str


class Stats(msgspec.Struct):
    user_count: int
    status_count: int
    domain_count: int


class AccountLimits(msgspec.Struct, frozen=True):
    max_featured_tags: int = MAX_FEATURED
    max_pinned_statuses: int = MAX_PINS


class Configuration(msgspec.Struct, frozen=True):
    accounts: AccountLimits = AccountLimits()
    statuses: StatusLimits = StatusLimits()
    media_attachments: MediaLimits = msgspec.field(default_factory=MediaLimits)
    polls: PollLimits = PollLimits()


class V1Instance(msgspec.Struct, kw_only=True):
    """The instance. `uri` is a bare domain."""

    uri: str
    title: str
    short_description: str
    description: str
    email: str
    version: str
    urls: Urls
    stats: Stats
    thumbnail: str | None
    languages: list[str]
    registrations: bool
    approval_required: bool
    invites_enabled: bool
    configuration: Configuration = msgspec.field(default_factory=Configuration)
    contact_account: Account | None = None
    rules: list[Rule]
