"""The available streams: names, parameters and required scopes."""

import msgspec

from activities.lists.models import PeopleList
from activities.streaming.queries import conversation_of
from api.oauth import scopes
from core.errors import BadInput, NotAllowed, NotFound
from core.texts import normal_tag
from users.domains.models import Domain
from users.identities.queries import identities

USER, NOTIFICATIONS, DIRECT = "user", "user:notification", "direct"
PUBLIC = frozenset(
    {
        "public",
        "public:media",
        "public:local",
        "public:local:media",
        "public:remote",
        "public:remote:media",
    }
)
HASHTAGS = frozenset({"hashtag", "hashtag:local"})
LIST = "list"
CONVERSATION = "conversation"  # an extension: the contents of a post's page
NAMES = frozenset({USER, NOTIFICATIONS, DIRECT, LIST, CONVERSATION}) | PUBLIC | HASHTAGS

MAX_TAG_LENGTH = 200

type Key = tuple[str, int | str]


class Stream(msgspec.Struct, frozen=True):
    """A subscribed stream. `key` is its key in the hub, `label` its name in messages."""

    key: Key
    label: tuple[str, ...]


def _check_scope(name: str, granted: str) -> None:
    """Check the token's scopes as in Mastodon: public streams accept any token, the others require their own scope."""
    if name in PUBLIC or name in HASHTAGS:
        return
    needed = "read:notifications" if name == NOTIFICATIONS else "read:statuses"
    if not scopes.covers(granted, needed):
        raise NotAllowed(code="stream_scopes_missing", status=401)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


async def _is_own_list(identity_id: int, list_id: str) -> bool:
    return (
        _is_id(list_id) and await PeopleList.objects.filter(pk=int(list_id), identity=identity_id).aexists()
    )


def local_anchor(domain_id: int, tag: str) -> str:
    """Return the hub's key for a hashtag of one domain."""
    return f"{domain_id} {tag}"


async def _conversation_of(identity_id: int, post_id: str) -> int | None:
    viewer = await identities.by_id(identity_id) if _is_id(post_id) else None
    return await conversation_of(int(post_id), viewer) if viewer else None


async def find_stream(
    name: str,
    *,
    identity_id: int,
    domain: Domain,
    granted: str,
    tag: str = "",
    list_id: str = "",
    post_id: str = "",
) -> Stream:
    """Return the requested stream. Raises BadInput (400), NotAllowed (401) or NotFound with Mastodon's messages. May query."""
    if name not in NAMES:
        raise BadInput(code="stream_unknown", status=400)
    _check_scope(name, granted)
    if name in HASHTAGS:
        wanted = normal_tag(tag)
        # the label is kept as the client wrote it, including spaces
        if not wanted or "\x00" in wanted or len(wanted) > MAX_TAG_LENGTH or len(tag) > MAX_TAG_LENGTH:
            raise BadInput(code="stream_without_tag", status=400)
        return Stream((name, wanted if name == "hashtag" else local_anchor(domain.pk, wanted)), (name, tag))
    if name == LIST:
        if not list_id:
            raise BadInput(code="stream_without_list", status=400)
        if not await _is_own_list(identity_id, list_id):
            raise NotFound(code="stream_of_other_list")
        return Stream((name, int(list_id)), (name, list_id))
    if name == CONVERSATION:
        conversation_id = await _conversation_of(identity_id, post_id)
        if conversation_id is None:
            raise NotFound(code="stream_of_other_conversation")
        return Stream((name, conversation_id), (name, post_id))
    if name in {USER, NOTIFICATIONS, DIRECT}:
        return Stream((name, identity_id), (name,))
    return Stream((name, domain.pk if name.startswith("public:local") else 0), (name,))
