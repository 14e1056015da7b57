"""The JSON-LD contexts of our actor documents, with Mastodon's terms, because other servers read the compact names."""

from typing import Any

from federation.system_actor import CAPABILITIES_CONTEXT

AS = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{AS}#Public"
SECURITY = "https://w3id.org/security/v1"

ACTOR_CONTEXT: list[Any] = [
    AS,
    SECURITY,
    "https://w3id.org/security/multikey/v1",
    {
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "toot": "http://joinmastodon.org/ns#",
        "featured": {"@id": "toot:featured", "@type": "@id"},
        "featuredTags": {"@id": "toot:featuredTags", "@type": "@id"},
        # FEP-7aa9
        "featuredCollections": {"@id": "https://w3id.org/fep/7aa9#featuredCollections", "@type": "@id"},
        "canFeature": {"@id": "https://w3id.org/fep/7aa9#canFeature", "@type": "@id"},
        "gts": "https://gotosocial.org/ns#",
        "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
        "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
        "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
        "movedTo": {"@id": "as:movedTo", "@type": "@id"},
        # not https: this is how Mastodon defines it, and it compares it as text
        "schema": "http://schema.org#",
        "PropertyValue": "schema:PropertyValue",
        "value": "schema:value",
        "discoverable": "toot:discoverable",
        "suspended": "toot:suspended",
        "indexable": "toot:indexable",
        "showMedia": "toot:showMedia",
        "showRepliesInMedia": "toot:showRepliesInMedia",
        "showFeatured": "toot:showFeatured",
        "attributionDomains": {"@id": "toot:attributionDomains", "@type": "@id"},
        "Emoji": "toot:Emoji",
        "Hashtag": "as:Hashtag",
        "assertionMethod": {
            "@id": "https://w3id.org/security#assertionMethod",
            "@type": "@id",
            "@container": "@set",
        },
        # FEP-2c59
        "webfinger": {"@id": "https://purl.archive.org/socialweb/webfinger#webfinger", "@type": "xsd:string"},
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        **CAPABILITIES_CONTEXT,
    },
]
