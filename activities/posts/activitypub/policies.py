"""`interactionPolicy` of a post: who may reply to, like, announce and quote it (FEP-044f, GoToSocial). Pure.

GoToSocial until 0.18 calls `automaticApproval` and `manualApproval` `always` and `approvalRequired`; both names are read and, except for
quotes, written.
"""

from collections.abc import Mapping
from typing import Any

from activities.posts.activitypub.post_for_delivery import PostForDelivery
from activities.posts.models import Interaction, InteractionPolicy, Visibility
from federation.documents import as_id, as_ids, as_list
from users.identities.activitypub.parsing import url_of

_PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
_PUBLIC_NAMES = frozenset({_PUBLIC, "as:Public", "Public"})
_PROPERTIES = {
    Interaction.reply: "canReply",
    Interaction.like: "canLike",
    Interaction.boost: "canAnnounce",
    Interaction.quote: "canQuote",
}
_RULES = ((("automaticApproval", "always"), 0), (("manualApproval", "approvalRequired"), 4))

_APPROVALS = {
    Interaction.reply: "replyAuthorization",
    Interaction.like: "likeAuthorization",
    Interaction.boost: "announceAuthorization",
}

POLICY_TERMS: dict[str, Any] = {
    name: {"@id": f"gts:{name}", "@type": "@id"}
    for name in (
        "interactionPolicy",
        "approvedBy",
        *_APPROVALS.values(),
        *_PROPERTIES.values(),
        *(name for names, _ in _RULES for name in names),
    )
}


def parse_policies(
    document: Mapping[str, Any], *, followers_url: str, following_url: str
) -> dict[Interaction, int]:
    """Return the flags of InteractionPolicy for each kind.

    Without a policy, everything but quoting is allowed.
    """
    policy = document.get("interactionPolicy")
    stated = policy if isinstance(policy, Mapping) else {}
    collections = {followers_url: InteractionPolicy.followers, following_url: InteractionPolicy.following}
    collections.pop("", None)
    authors = set(as_ids(document.get("attributedTo")))
    return {kind: _flags(stated.get(name), kind, authors, collections) for kind, name in _PROPERTIES.items()}


def _flags(
    rules: object, kind: Interaction, authors: set[str], collections: Mapping[str, InteractionPolicy]
) -> int:
    if not isinstance(rules, Mapping) or not rules:
        return 0 if kind is Interaction.quote else InteractionPolicy.public.value
    flags = 0
    for names, shift in _RULES:
        for value in (value for name in names for value in as_list(rules.get(name))):
            who = as_id(value) or value
            if not isinstance(who, str) or who in authors:
                continue
            flag = InteractionPolicy.public if who in _PUBLIC_NAMES else collections.get(who)
            flags |= (flag or InteractionPolicy.others) << shift
    return flags


def policy_property(post: PostForDelivery) -> dict[str, Any]:
    """Return the policies of a post. Each kind is listed, which tells other servers that it is enforced here."""
    flags = {
        Interaction.reply: post.reply_policy,
        Interaction.like: post.like_policy,
        Interaction.boost: post.boost_policy if post.visibility <= Visibility.unlisted else 0,
        Interaction.quote: post.quote_policy,
    }
    return {name: _rules(post, kind, flags[kind]) for kind, name in _PROPERTIES.items()}


def _rules(post: PostForDelivery, kind: Interaction, flags: int) -> dict[str, list[str]]:
    automatic = _who(post, flags & 15)
    if kind is Interaction.reply and not flags & InteractionPolicy.public:
        automatic += post.addressed
    rules: dict[str, list[str]] = {}
    for (names, _), who in zip(_RULES, (automatic or [post.author_uri], _who(post, flags >> 4)), strict=True):
        if who:
            rules |= dict.fromkeys(names[:1] if kind is Interaction.quote else names, who)
    return rules


def _who(post: PostForDelivery, flags: int) -> list[str]:
    if flags & InteractionPolicy.public and post.visibility <= Visibility.unlisted:
        return [_PUBLIC]
    if flags & InteractionPolicy.public:  # everybody who can see the post
        return [*([post.followers_url] if post.visibility == Visibility.followers else []), *post.addressed]
    collections = (
        (InteractionPolicy.followers, post.followers_url),
        (InteractionPolicy.following, post.following_url),
    )
    return [url for flag, url in collections if flags & flag and url]


def approval_properties(kind: Interaction, uri: str) -> dict[str, str]:
    """Return the properties with the approval's URI for a reply, Like or Announce, under both names; none if no approval was needed."""
    return dict.fromkeys((_APPROVALS[kind], "approvedBy"), uri) if uri else {}


def stated_approval(kind: Interaction, document: Mapping[str, Any]) -> str:
    """Return the approval's URI stated by a reply, Like or Announce; `approvedBy` is the older name."""
    return url_of(document.get(_APPROVALS[kind])) or url_of(document.get("approvedBy"))
