"""Servers that are told of a local user's reaction, besides that of the post's author."""

from activities.posts.models import Post, Visibility
from federation.peers import host_of, software_by_host
from users.identities.models import Identity
from users.relations.queries.relationships import followers_inboxes

UNDERSTAND_EMOJI_REACT = frozenset(
    {
        "akkoma",
        "calckey",
        "catodon",
        "cherrypick",
        "firefish",
        "foundkey",
        "friendica",
        "iceshrimp",
        "iceshrimp.net",
        "magnetar",
        "misskey",
        "mitra",
        "pleroma",
        "rebased",
        "sharkey",
    }
)
"""Software by its name in NodeInfo. All others get a Like that includes the emoji, which counts in any case."""
_OWN_SOFTWARE = "takahe"  # since version 1; the previous one supports likes only
_FOLLOWERS_AT_ONCE = 2000


def is_shared(post: Post) -> bool:
    """Return whether reactions to a post are sent to others than its author: if it is visible to everyone, including on other servers."""
    return post.visibility <= Visibility.unlisted


async def listeners(post: Post, identity: Identity) -> set[str]:
    """Return the inboxes of servers that show this reaction: those of the newest followers of the reacting user and, for a local post, of
    the author.

    Excludes the author's own server, which is sent what it can count. Servers other than the post's learn of reactions only from the
    reacting user's server (as with Misskey and Akkoma). Excludes those whose software is known to drop them. Reads at most 2,000
    followers of each, by users_follow_target.
    """
    if not is_shared(post):
        return set()
    inboxes: set[str] = set()
    for followed in {identity.pk, post.author_id} if post.author.is_local else {identity.pk}:
        found, _ = await followers_inboxes(followed, before=None, piece=_FOLLOWERS_AT_ONCE)
        inboxes.update(found)
    hosts = {inbox: host_of(inbox) for inbox in inboxes}
    software = await software_by_host(set(hosts.values())) if hosts else {}
    left_out = {host for host, said in software.items() if said[0] and not _keeps_reactions(*said)}
    left_out.add(host_of(post.author.uri))
    return {inbox for inbox, host in hosts.items() if host not in left_out}


async def understands(author: Identity) -> bool:
    """Return whether the author's server is known to store each reaction separately."""
    host = host_of(author.uri)
    return _keeps_reactions(*(await software_by_host([host])).get(host, ("", "")))


def _keeps_reactions(software: str, version: str) -> bool:
    if software.lower() == _OWN_SOFTWARE:
        return version.partition(".")[0] not in {"", "0"}
    return software.lower() in UNDERSTAND_EMOJI_REACT
