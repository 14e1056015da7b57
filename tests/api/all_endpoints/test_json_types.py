"""Numbers, texts and truth values: every key that a real Mastodon was recorded to send has the same JSON type here.

Apps in Swift, Kotlin and Rust refuse a whole answer for one number that is a text, so the recordings count, not the documentation.
"""

import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAliasType, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest

import api.endpoints  # noqa: F401  # fills the table
from api.entities import instance, v1_instance
from api.routing import table
from tests.api.support.entities import observed
from tests.api.support.world import World

pytestmark = pytest.mark.anyio

# our struct → the recordings' name, where the names differ
RECORDED_AS: dict[str, str] = {
    "AccountRole": "Role",
    "AccountSource": "CredentialAccountSource",
    "Alerts": "WebPushSubscriptionAlerts",
    "CredentialAccount": "Account",
    "CredentialApplication": "Application",
    "Focus": "MediaAttachmentFocusPoint",
    "ImageMeta": "MediaAttachmentImageMetadata",
    "Instance": "InstanceV2",
    "InstanceActivity": "Activity",
    "Language": "SupportedLocale",
    "List": "UserList",
    "Meta": "MediaAttachmentMetadataContainer",
    "MutedAccount": "Account",
    "OriginalMeta": "MediaAttachmentVideoMetadata",
    "ScheduledParams": "ScheduledStatusParams",
    "Search": "SearchV2",
    "StatusApplication": "Application",
    "StatusEditOption": "PollOption",
    "StatusTag": "Tag",
    "Summary": "NotificationPolicySummary",
    "TrendsLink": "PreviewCard",
    "V1Filter": "Filter",
    "V1Instance": "Instance",
}
# parts of the two instance entities, which share their names
_INSTANCE = {
    instance.AccountLimits: "InstanceAccountConfiguration",
    instance.Configuration: "InstanceConfigurationV2",
    instance.Contact: "InstanceContact",
    instance.FeedAccess: "InstanceTimelinesAccessFeedConfiguration",
    instance.MediaLimits: "InstanceMediaConfiguration",
    instance.PollLimits: "InstancePollConfiguration",
    instance.Registrations: "InstanceRegistrations",
    instance.StatusLimits: "InstanceStatusConfiguration",
    instance.Thumbnail: "InstanceThumbnail",
    instance.TimelinesAccess: "InstanceTimelinesAccessConfiguration",
    instance.TranslationSupport: "InstanceTranslationConfiguration",
    instance.Urls: "InstanceURLsV2",
    instance.Usage: "InstanceUsage",
    instance.UsageUsers: "InstanceUsageUsers",
    instance.Vapid: "InstanceVapidKey",
    v1_instance.AccountLimits: "InstanceAccountConfiguration",
    v1_instance.Configuration: "InstanceConfiguration",
    v1_instance.Stats: "InstanceStatistics",
    v1_instance.Urls: "InstanceURLs",
}

# recorded, and not served here: rooms of later issues, or entities of other software than the API
_NOT_SERVED = ("Admin", "AnnualReport", "Collection", "Wrapped")
_NOT_SERVED_PARTS = {
    "CredentialAccountState",
    "FilterV2",  # an older name of Filter
    "InstanceThumbnailVersions",
    "MediaAttachmentAudioMetadata",  # part of OriginalMeta, checked by its values
    "MediaAttachmentColors",
    "Nodeinfo",  # below
    "NodeinfoMetadata",
    "NodeinfoServices",
    "NodeinfoSoftware",
    "NodeinfoUsage",
    "NodeinfoUsageUsers",
    "NotificationFallback",
    "ProfileField",  # the same as AccountField
    "ShallowQuote",
    "TrendingLinkHistory",  # the same as TagHistory
}
# Mastodon keeps what the app sent, a text from a form; the documentation and apps say truth value
_AS_SENT = {("ScheduledStatusParams", "sensitive")}


def _structs(annotation: Any, found: set[type[msgspec.Struct]]) -> set[type[msgspec.Struct]]:
    """Every struct that a value of this type may hold."""
    if isinstance(annotation, TypeAliasType):
        return _structs(annotation.__value__, found)
    is_struct = isinstance(annotation, type) and issubclass(annotation, msgspec.Struct)
    if is_struct and annotation not in found:
        found.add(annotation)
        for hint in get_type_hints(annotation).values():
            _structs(hint, found)
    for part in get_args(annotation):
        _structs(part, found)
    return found


def _json_types(annotation: Any) -> set[str]:
    """The JSON types of the values of a field, in the words of the recordings."""
    if isinstance(annotation, TypeAliasType):
        return _json_types(annotation.__value__)
    origin = get_origin(annotation)
    if origin in {Union, types.UnionType}:
        return set().union(*(_json_types(part) for part in get_args(annotation)))
    if origin is Annotated:
        return _json_types(get_args(annotation)[0])
    if origin is Literal:
        return {type(one).__name__ for one in get_args(annotation)}
    kind = origin or annotation
    if kind in {msgspec.UnsetType, type(None)}:
        return set()
    return {"dict"} if issubclass(kind, msgspec.Struct) else {kind.__name__}


def _served() -> dict[str, list[type[msgspec.Struct]]]:
    """The recordings' name → our structs, of every entity that an endpoint answers with."""
    kinds: set[type[msgspec.Struct]] = set()
    for route in table:
        _structs(route.returns, kinds)
    named: dict[str, list[type[msgspec.Struct]]] = {}
    for kind in kinds:
        name = _INSTANCE.get(kind) or RECORDED_AS.get(kind.__name__, kind.__name__)
        named.setdefault(name, []).append(kind)
    return named


def _differences() -> Iterator[str]:
    served = _served()
    for name, recorded in observed().items():
        if name not in served:
            if not name.startswith(_NOT_SERVED) and name not in _NOT_SERVED_PARTS:
                yield f"{name}: recorded, but no answer here has it"
            continue
        for kind in served[name]:
            hints = get_type_hints(kind, include_extras=True)
            for field in msgspec.structs.fields(kind):
                theirs = set(recorded["keys"].get(field.encode_name, {"types": []})["types"]) - {"null"}
                ours = _json_types(hints[field.name])
                if not theirs or (name, field.encode_name) in _AS_SENT:
                    continue
                if not ours <= theirs and not (ours == {"int"} and theirs == {"float"}):
                    yield f"{kind.__name__}.{field.encode_name}: {ours} here, {theirs} at Mastodon ({name})"


def test_every_recorded_answer_has_the_same_json_types_here() -> None:
    assert list(_differences()) == []


async def test_nodeinfo_has_the_recorded_types(world: World) -> None:
    """No endpoint of the API's table; its documents are dictionaries, so their values are looked at."""
    document = (await world.http.get("/nodeinfo/2.0")).json()
    parts = {
        "Nodeinfo": document,
        "NodeinfoServices": document["services"],
        "NodeinfoSoftware": document["software"],
        "NodeinfoUsage": document["usage"],
        "NodeinfoUsageUsers": document["usage"]["users"],
    }
    for name, value in parts.items():
        for key, seen in observed()[name]["keys"].items():
            assert type(value[key]).__name__ in seen["types"], f"{name}.{key}"
