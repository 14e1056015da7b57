"""The state of the links in the own profile."""

import datetime as dt

import msgspec

from users.identities.models import Identity
from users.identities.reading import sole_link
from users.verified_links.models import ProfileLink, ProfileLinkGraph


class LinkStatus(msgspec.Struct, frozen=True):
    """A link of the own profile. With `is_waiting` it is about to be checked (again); `problem` is the reason of the last failure."""

    url: str
    verified_at: dt.datetime | None = None
    tried_at: dt.datetime | None = None
    problem: str = ""
    is_waiting: bool = True


async def own_links(identity: Identity) -> dict[str, LinkStatus]:
    """Return the links of the own profile by the sources of their fields, in one query. Served by users_profile_link_once."""
    sources = {row.get("source", ""): url for row in identity.fields if (url := sole_link(row["value"]))}
    if not sources:
        return {}
    known = {
        link.url: LinkStatus(
            link.url, link.verified_at, link.tried_at, link.problem, link.state == ProfileLinkGraph.due
        )
        async for link in ProfileLink.objects.filter(identity=identity)
    }
    return {source: known.get(url) or LinkStatus(url) for source, url in sources.items()}
