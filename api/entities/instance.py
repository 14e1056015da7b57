"""Instance: docs.joinmastodon.org/entities/Instance. Structs only; endpoints/instance/instance.py fills them."""

from typing import Any

import msgspec

from activities.publishing.services.pins import MAX_PINS
from activities.tags.services.following import MAX_FEATURED
from api.entities.account import Account
from api.entities.rule import Rule
from core.media import limits
from core.media.locations import supported_types
from users.domains.limits import DEFAULTS
from users.identities.services import profiles


class Thumbnail(msgspec.Struct):
    url: str
    description: str = ""


class InstanceIcon(msgspec.Struct):
    src: str
    size: str


class UsageUsers(msgspec.Struct):
    active_month: int


class Usage(msgspec.Struct):
    users: UsageUsers


class Urls(msgspec.Struct):
    streaming: str
    about: str
    privacy_policy: str | None = None
    terms_of_service: str | None = None
    status: str | None = None


class Vapid(msgspec.Struct):
    public_key: str


class AccountLimits(msgspec.Struct, frozen=True):
    max_display_name_length: int = profiles.MAX_NAME_LENGTH
    max_note_length: int = DEFAULTS.bio
    max_avatar_description_length: int = profiles.MAX_PICTURE_DESCRIPTION_LENGTH
    max_header_description_length: int = profiles.MAX_PICTURE_DESCRIPTION_LENGTH
    max_featured_tags: int = MAX_FEATURED
    max_pinned_statuses: int = MAX_PINS
    max_profile_fields: int = DEFAULTS.fields
    profile_field_name_limit: int = profiles.MAX_FIELD_LENGTH
    profile_field_value_limit: int = profiles.MAX_FIELD_LENGTH


class StatusLimits(msgspec.Struct, frozen=True):
    max_characters: int = DEFAULTS.characters
    max_media_attachments: int = DEFAULTS.files
    characters_reserved_per_url: int = 23
    supported_mime_types: tuple[str, ...] = ("text/plain", "text/markdown")  # glitch-soc


class MediaLimits(msgspec.Struct, frozen=True):
    """Limits of uploads. `supported_mime_types` depends on what is installed: see core/media/locations.py."""

    supported_mime_types: list[str] = msgspec.field(default_factory=supported_types)
    description_limit: int = limits.DESCRIPTION_CHARACTERS
    image_size_limit: int = limits.IMAGE_BYTES
    image_matrix_limit: int = limits.IMAGE_PIXELS
    video_size_limit: int = limits.VIDEO_BYTES
    video_frame_rate_limit: int = limits.FRAMES_PER_SECOND
    video_matrix_limit: int = limits.VIDEO_PIXELS


class PollLimits(msgspec.Struct, frozen=True):
    max_options: int = DEFAULTS.poll_options
    max_characters_per_option: int = 50
    min_expiration: int = 300
    max_expiration: int = 2_629_746


class TranslationSupport(msgspec.Struct, frozen=True):
    enabled: bool = False


class FeedAccess(msgspec.Struct, frozen=True):
    local: str = "public"
    remote: str = "public"


class TimelinesAccess(msgspec.Struct, frozen=True):
    live_feeds: FeedAccess = FeedAccess()
    hashtag_feeds: FeedAccess = FeedAccess()
    trending_link_feeds: FeedAccess = FeedAccess()


class Configuration(msgspec.Struct, kw_only=True):
    urls: Urls
    vapid: Vapid
    accounts: AccountLimits = AccountLimits()
    statuses: StatusLimits = StatusLimits()
    media_attachments: MediaLimits = msgspec.field(default_factory=MediaLimits)
    polls: PollLimits = PollLimits()
    translation: TranslationSupport = TranslationSupport()
    timelines_access: TimelinesAccess = TimelinesAccess()
    limited_federation: bool = False


class Registrations(msgspec.Struct, kw_only=True):
    enabled: bool
    approval_required: bool
    reason_required: bool | None
    message: str | None = None
    min_age: int | None = None
    reason_question: str | None = None  # ours: what `reason` answers
    url: str | None = None


class Contact(msgspec.Struct):
    email: str
    account: Account | None = None


class Instance(msgspec.Struct, kw_only=True):
    domain: str
    title: str
    version: str
    source_url: str
    description: str
    usage: Usage
    thumbnail: Thumbnail
    icon: list[InstanceIcon]
    languages: list[str]
    configuration: Configuration
    registrations: Registrations
    api_versions: dict[str, int]
    contact: Contact
    rules: list[Rule]
    wrapstodon: str | None = None


class InstanceActivity(msgspec.Struct):
    """Statistics of one week, as texts; `week` is its Monday in seconds since 1970."""

    week: str
    statuses: str
    logins: str
    registrations: str


class ExtendedDescription(msgspec.Struct):
    updated_at: str | None
    content: str


Language = dict[str, Any]
