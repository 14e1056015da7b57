"""Actor documents of local identities. Pure: converts an identity to JSON values."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from core.crypto.keys import multikey
from core.media.names import TYPES
from core.texts import Handle, handles, hashtags, tag_path
from federation.system_actor import CAPABILITIES, actor_uri
from users.domains.models import Domain
from users.emojis.activitypub import emoji_tag
from users.identities.activitypub.context import ACTOR_CONTEXT, PUBLIC
from users.identities.models import ActorKey, Identity, KeyUse, Restriction

type Document = dict[str, Any]


def featured_tags_uri(identity: Identity) -> str:
    """Return the URI of the collection of hashtags that a local identity features."""
    return f"{identity.uri}/collections/tags"


def featured_collections_uri(identity: Identity) -> str:
    """Return the URI of a local identity's list of collections (FEP-7aa9)."""
    return f"{identity.uri}/collections/featured_collections"


def handles_in_profile(identity: Identity) -> list[Handle]:
    """Return the handles in the bio and the fields of a local identity."""
    return handles(_profile_text(identity), identity.host)


def actor_document(
    identity: Identity, domain: Domain, mentioned: Mapping[Handle, str], keys: Sequence[ActorKey] = ()
) -> Document:
    """Return the actor document. A suspended actor is flagged and contains nothing that its owner wrote.

    `keys` are those besides the main one. `mentioned` has the ids of the known actors among `handles_in_profile`; it may contain others.
    """
    hidden = identity.restriction == Restriction.suspended
    document: Document = {
        "@context": ACTOR_CONTEXT,
        "id": identity.uri,
        "type": identity.actor_type,
        "preferredUsername": identity.username,
        "webfinger": identity.handle,
        "inbox": identity.inbox_url,
        "outbox": identity.outbox_url,
        "followers": identity.followers_url,
        "following": identity.following_url,
        "featured": identity.featured_url,
        "featuredTags": featured_tags_uri(identity),
        "featuredCollections": featured_collections_uri(identity),
        "interactionPolicy": {
            # the instance actor has no aliases
            "canFeature": {
                "automaticApproval": [PUBLIC if identity.is_discoverable and not hidden else identity.uri]
            }
        },
        "generator": {"type": "Application", "id": actor_uri(domain.base_url), "implements": CAPABILITIES},
        "endpoints": {"sharedInbox": identity.shared_inbox_url},
        "url": identity.profile_url,
        "name": "" if hidden else identity.name or identity.username,
        "summary": "" if hidden else identity.summary,
        "manuallyApprovesFollowers": identity.approves_followers,
        "discoverable": identity.is_discoverable and not hidden,
        "indexable": identity.is_indexable and not hidden,
        # the date only: the time would reveal when the owner is online
        "published": identity.created_at.strftime("%Y-%m-%dT00:00:00Z"),
        "publicKey": _public_keys(identity, keys),
        "tag": [] if hidden else _tags(identity, domain, mentioned),
        "attachment": []
        if hidden
        else [
            {"type": "PropertyValue", "name": row["name"], "value": row["value"]} for row in identity.fields
        ],
    }
    if methods := [_multikey(identity, key) for key in keys if key.use == KeyUse.assertion]:
        document["assertionMethod"] = methods
    if hidden:
        document["suspended"] = True
        return document
    if identity.icon_url:
        document["icon"] = _image(identity.icon_url, identity.icon_description, domain)
    if identity.image_url:
        document["image"] = _image(identity.image_url, identity.image_description, domain)
    document["showMedia"] = identity.shows_media
    document["showRepliesInMedia"] = identity.shows_media_of_replies
    document["showFeatured"] = identity.shows_featured
    if identity.attribution_domains:
        document["attributionDomains"] = list(identity.attribution_domains)
    if identity.also_known_as:
        document["alsoKnownAs"] = list(identity.also_known_as)
    if identity.moved_to_uri:
        document["movedTo"] = identity.moved_to_uri
    return document


def _public_keys(identity: Identity, keys: Sequence[ActorKey]) -> Document | list[Document]:
    """Return the main key, followed after a rotation by the previous one, because most servers read the first of a list."""
    pairs = [(identity.public_key_id, identity.public_key)]
    pairs += [(key.key_id, key.public) for key in keys if key.use == KeyUse.retired]
    found = [{"id": key_id, "owner": identity.uri, "publicKeyPem": pem} for key_id, pem in pairs]
    return found if len(found) > 1 else found[0]


def _multikey(identity: Identity, key: ActorKey) -> Document:
    """Return a public key for proofs (FEP-521a)."""
    return {
        "id": key.key_id,
        "type": "Multikey",
        "controller": identity.uri,
        "publicKeyMultibase": multikey(key.public),
    }


def _profile_text(identity: Identity) -> str:
    return "\n".join([identity.summary_source, *(row.get("source", "") for row in identity.fields)])


def _tags(identity: Identity, domain: Domain, mentioned: Mapping[Handle, str]) -> list[Document]:
    """Return the tags of the hashtags, mentions and emoji in the bio and fields."""
    mentions = [
        {"type": "Mention", "href": mentioned[handle], "name": f"@{handle.username}@{handle.host}"}
        for handle in handles_in_profile(identity)
        if handle in mentioned
    ]
    tags = [
        {"type": "Hashtag", "href": domain.base_url + tag_path(name), "name": f"#{name}"}
        for name in hashtags(_profile_text(identity)).values()
    ]
    return [*mentions, *tags, *(emoji_tag(emoji) for emoji in identity.emojis)]


def _image(url: str, description: str, domain: Domain) -> Document:
    if url.startswith("/"):
        url = domain.base_url + url
    image: Document = {"type": "Image", "url": url}
    if kind := TYPES.get(urlsplit(url).path.rpartition(".")[2].lower()):
        image["mediaType"] = kind
    if description:
        image["summary"] = description
    return image
