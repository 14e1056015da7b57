"""Profiles of identities, for pages, the API and documents. Callers check visibility."""

import datetime as dt
from collections.abc import Collection, Iterable

import msgspec

from core.db import sql
from core.db.statements import Statement
from core.hosts.names import shown_host
from core.ids import time_of
from federation.peers import is_blocked_now, known_policies
from users.domains.models import Domain
from users.identities.models import Identity, Restriction
from users.identities.queries.predicates import may_be_featured


class ProfileField(msgspec.Struct, frozen=True):
    """A row of the profile's table. `value` is sanitised HTML; `source` is the text that a local user typed."""

    name: str = ""
    value: str = ""
    source: str = ""
    verified_at: str | None = None

    @property
    def verified_on(self) -> dt.datetime | None:
        """The time since when the field's link is verified."""
        return dt.datetime.fromisoformat(self.verified_at) if self.verified_at else None


class CustomEmoji(msgspec.Struct, frozen=True):
    """A custom emoji of a post or profile. `owner` is the URI of its author: refusing a server's media covers it, whichever host stores it."""

    shortcode: str
    url: str
    static_url: str = ""
    owner: str = ""


def owned(emojis: list[CustomEmoji], owner: str) -> list[CustomEmoji]:
    """Return stored emoji together with their owner's URI."""
    return [CustomEmoji(one.shortcode, one.url, one.static_url, owner) for one in emojis]


class Profile(msgspec.Struct, frozen=True):
    """An identity as others see it. Suspended and deleted ones are flagged, not left out."""

    id: int
    username: str
    host: str
    is_local: bool
    uri: str
    profile_url: str
    actor_type: str
    name: str
    summary: str
    fields: list[ProfileField]
    emojis: list[CustomEmoji]
    icon_url: str
    icon_description: str
    image_url: str
    image_description: str
    approves_followers: bool
    is_discoverable: bool
    is_indexable: bool
    hides_follows: bool
    moved_to_uri: str
    restriction: int
    posts_count: int
    followers_count: int
    following_count: int
    last_post_at: dt.datetime | None
    created_at: dt.datetime
    is_deleted: bool
    shows_media: bool = True
    shows_media_of_replies: bool = True
    shows_featured: bool = True
    may_be_featured: bool = False
    is_sensitized: bool = False
    leaves_at: dt.datetime | None = None  # their owner deleted them, and may take it back until then

    @property
    def has_join_date(self) -> bool:
        """True if `created_at` is when they joined their server, not when this server first saw them."""
        return self.is_local or self.created_at.date() < time_of(self.id).date()

    @property
    def handle(self) -> str:
        """`name@host`, without a leading @."""
        return f"{self.username}@{self.host}"

    def acct(self, domain: Domain | None) -> str:
        """Return the handle as users of `domain` see it: without the host if it is their own, internationalised hosts in Unicode."""
        if domain is not None and self.is_local and self.host.lower() == domain.name.lower():
            return self.username
        return f"{self.username}@{shown_host(self.host)}"

    @property
    def display_name(self) -> str:
        return self.name or self.username

    @property
    def is_suspended(self) -> bool:
        return self.restriction == Restriction.suspended

    @property
    def is_on_blocked_host(self) -> bool:
        """True if their server is blocked, by the policies last read."""
        return not self.is_local and is_blocked_now(self.uri.split("/", 3)[2])

    @property
    def is_hidden(self) -> bool:
        """True if only their name is shown, because they are suspended here or their server is blocked."""
        return self.is_suspended or self.is_on_blocked_host

    @property
    def is_limited(self) -> bool:
        return self.restriction == Restriction.limited

    @property
    def is_bot(self) -> bool:
        return self.actor_type in {"Service", "Application"}


LOAD = Statement(
    "identities.load", "Profiles by their ids, for every list of posts or people.", "users_identity_pkey"
)

# The number stated by the actor's own server, if it is higher than the known one.
_COUNTS = {
    f"{name}_count": f"greatest(i.{name}_count, i.stated_{name})"
    for name in ("posts", "followers", "following")
}
# The columns of `i` in the order of Profile's fields, except these, which are not plain columns.
_COLUMNS = ", ".join(
    {
        **_COUNTS,
        "is_local": "i.domain_id IS NOT NULL",
        "is_deleted": "i.deleted_at IS NOT NULL",
        "may_be_featured": may_be_featured("i"),
        "fields": "i.fields::text",
        "emojis": "i.emojis::text",
    }.get(name, f"i.{name}")
    for name in Profile.__struct_fields__
)
_FIELDS, _EMOJIS, _URI = (Profile.__struct_fields__.index(name) for name in ("fields", "emojis", "uri"))
_fields_decoder = msgspec.json.Decoder(list[ProfileField])
_emojis_decoder = msgspec.json.Decoder(list[CustomEmoji])


def _profile_of(row: Iterable[object]) -> Profile:
    """Return a Profile from the columns of `_COLUMNS`."""
    values = list(row)
    # most profiles have neither, and decoding takes a microsecond each
    values[_FIELDS] = _fields_decoder.decode(values[_FIELDS]) if values[_FIELDS] != "[]" else []  # type: ignore[arg-type]
    values[_EMOJIS] = (
        owned(_emojis_decoder.decode(values[_EMOJIS]), values[_URI])  # type: ignore[arg-type]
        if values[_EMOJIS] != "[]"
        else []
    )
    return Profile(*values)  # type: ignore[arg-type]


def profile_of_identity(identity: Identity) -> Profile:
    """Return the Profile of a loaded row, without a query."""
    return Profile(
        id=identity.pk,
        username=identity.username,
        host=identity.host,
        is_local=identity.is_local,
        uri=identity.uri,
        profile_url=identity.profile_url,
        actor_type=identity.actor_type,
        name=identity.name,
        summary=identity.summary,
        fields=msgspec.convert(identity.fields, list[ProfileField]),
        emojis=owned(msgspec.convert(identity.emojis, list[CustomEmoji]), identity.uri),
        icon_url=identity.icon_url,
        icon_description=identity.icon_description,
        image_url=identity.image_url,
        image_description=identity.image_description,
        approves_followers=identity.approves_followers,
        is_discoverable=identity.is_discoverable,
        is_indexable=identity.is_indexable,
        hides_follows=identity.hides_follows,
        moved_to_uri=identity.moved_to_uri,
        restriction=identity.restriction,
        posts_count=max(identity.posts_count, identity.stated_posts or 0),
        followers_count=max(identity.followers_count, identity.stated_followers or 0),
        following_count=max(identity.following_count, identity.stated_following or 0),
        last_post_at=identity.last_post_at,
        created_at=identity.created_at,
        is_deleted=identity.deleted_at is not None,
        shows_media=identity.shows_media,
        shows_media_of_replies=identity.shows_media_of_replies,
        shows_featured=identity.shows_featured,
        may_be_featured=identity.allows_featuring or (identity.is_local and identity.is_discoverable),
        is_sensitized=identity.is_sensitized,
        leaves_at=identity.leaves_at,
    )


async def load_profiles(ids: Collection[int]) -> dict[int, Profile]:
    """Return the profiles with these ids, in one query (served by the primary key). Unknown ids are missing from the result.

    The policies of hosts decide who is hidden and whose pictures are shown. They are refreshed first, at most once in some seconds,
    because no request does so for workers and open streams.
    """
    if not ids:
        return {}
    await known_policies()
    found = await sql.rows(
        LOAD(f"SELECT {_COLUMNS} FROM users_identity i WHERE i.id = ANY(%(ids)s)", ids=list(set(ids)))
    )
    return {row[0]: _profile_of(row) for row in found}


async def load_profile(identity_id: int) -> Profile | None:
    """Return the profile with this id."""
    return (await load_profiles([identity_id])).get(identity_id)
