"""Servers that are told of a reaction by somebody here, besides the one of the post's author."""

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
"""Software by its name in NodeInfo. All others get a Like that has the emoji in it: it counts there in any case."""
_OWN_SOFTWARE = "takahe"  # since version 1; the one before knows likes only
_FOLLOWERS_AT_ONCE = 2000


def is_shared(post: Post) -> bool:
    """Return whether others than the author hear of reactions to a post: everyone can see it, on other servers, too."""
    return post.visibility <= Visibility.unlisted


async def listeners(post: Post, identity: Identity) -> set[str]:
    """Return the inboxes of servers that show this reaction: those of the newest followers of who reacts and, if written here, of the author.

    The author's own server is not among them: what it is told depends on how it counts. Other servers than the post's know of
    reactions only from who reacted (as Misskey and Akkoma tell of theirs). Those whose software is known to drop it are left out.
    Reads at most 2,000 followers of each, by users_follow_target.
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
    """Return whether the author's server is known to keep each reaction by itself."""
    host = host_of(author.uri)
    return _keeps_reactions(*(await software_by_host([host])).get(host, ("", "")))


def _keeps_reactions(software: str, version: str) -> bool:
    if software.lower() == _OWN_SOFTWARE:
        return version.partition(".")[0] not in {"", "0"}
    return software.lower() in UNDERSTAND_EMOJI_REACT
