"""Verification of the links in profiles: the linked page has to link back (docs.joinmastodon.org/user/profile/#verification)."""

import asyncio
from datetime import timedelta

from core import http
from core.db import release_connection
from core.errors import Problem
from core.http import FetchError, Response
from core.logs import get_logger
from core.processes.offload import run_in_process
from federation.peers import host_of, is_blocked
from stator import Outcome, every, later, to
from users.domains.queries import is_local_host
from users.identities.models import Identity
from users.identities.reading import links_of
from users.identities.services import backfills
from users.identities.services.remote_actors import look_up
from users.verified_links.models import LinkProblem, ProfileLink, ProfileLinkGraph
from users.verified_links.reading import links_in_header, links_in_page, same_address, site_of
from users.verified_links.services import is_followed, list_older_links, record_result, record_try

log = get_logger(__name__)

_MAX_BYTES = 1_000_000  # Mastodon's
_LARGE = 50_000  # bytes, which take some milliseconds to read
_TIMEOUT_S = 15.0
_WITHIN_S = 40.0  # with the redirects of links back
_MAX_REDIRECTING = 3


_OF_KIND = {
    "timed_out": LinkProblem.timed_out,
    "answer_too_large": LinkProblem.too_large,
    "address_refused": LinkProblem.private,
    "bad_redirect": LinkProblem.redirected,
}
_TEMPORARY = {LinkProblem.refused, LinkProblem.broken}


@ProfileLinkGraph.due.each(lease=timedelta(seconds=60), concurrency=5, fair_by="host")
async def check(link: ProfileLink) -> Outcome:
    """Fetch the page of a link, and verify the link if the page links back to the profile; otherwise it is not verified any more."""
    person = await Identity.objects.filter(pk=link.identity_id, deleted_at=None).afirst()
    if person is None or link.url not in links_of(person.fields):
        return to(ProfileLinkGraph.unneeded)
    if not person.is_local and not await is_followed(person.pk):
        return to(ProfileLinkGraph.unneeded)
    is_temporary = False
    try:
        async with asyncio.timeout(_WITHIN_S):
            problem = await _problem(link.url, person)
        is_temporary = problem in _TEMPORARY
    except TimeoutError:
        problem, is_temporary = LinkProblem.timed_out, True
    except FetchError as error:
        if error.is_ours:
            return later(error.reason, is_attempt=False)
        problem, is_temporary = _OF_KIND.get(error.kind, LinkProblem.unreachable), error.is_temporary
    if is_temporary and problem and link.state_attempts + 1 < (ProfileLinkGraph.max_attempts or 0):
        await record_try(link, problem)
        return later(problem)
    return to(ProfileLinkGraph.checked, effect=lambda: record_result(link, problem))


async def _problem(url: str, person: Identity) -> str:
    """Return why a page does not verify a profile, or "". Raises FetchError."""
    host = host_of(url)
    if await is_local_host(host):
        return "" if await _own_page_links_to(url, person) else LinkProblem.no_backlink
    if await is_blocked(host):
        return LinkProblem.blocked
    await release_connection()
    answer = await http.client().get(
        url, accept="text/html,application/xhtml+xml", max_bytes=_MAX_BYTES, timeout_s=_TIMEOUT_S
    )
    if site_of(answer.url) != site_of(url):  # open redirects would verify the websites that have them
        return LinkProblem.redirected
    if not answer.is_success:
        return _problem_of(answer.status)
    links = await _links_of(answer)
    if any(_is_profile(link, person) for link in links) or await _redirects_to(links, person):
        return ""
    return LinkProblem.no_backlink


@every(timedelta(minutes=1), name="users.profile_links", timeout=timedelta(minutes=30))
async def list_links_of_older_profiles() -> None:
    """List the links of profiles that are older than their verification. Done once; then this costs one query."""
    await backfills.continue_backfill("users.profile_links.1", list_older_links)


def _problem_of(status: int) -> str:
    if status >= 500:
        return LinkProblem.broken
    return LinkProblem.not_found if status in (404, 410) else LinkProblem.refused


async def _links_of(answer: Response) -> list[str]:
    found = links_in_header(answer.header("link"), answer.url)
    if "html" in answer.header("content-type").lower():
        if len(answer.body) < _LARGE:
            found += links_in_page(answer.body, answer.url)
        else:
            found += await run_in_process(links_in_page, answer.body, answer.url)
    return found


def _is_profile(url: str, person: Identity) -> bool:
    """Return whether a URL is one of the profile's. Names are in any case on this server only."""
    addresses = (person.uri, person.profile_url, f"https://{person.host}/@{person.username}")
    return any(same_address(url, one, any_case=person.is_local) for one in addresses if one)


async def _redirects_to(links: list[str], person: Identity) -> bool:
    """Return whether one of the first links back redirects to the profile, as the address before a server's new name does."""
    tried = 0
    for link in dict.fromkeys(links):
        if tried >= _MAX_REDIRECTING:
            break
        if await is_local_host(host_of(link)) or await is_blocked(host_of(link)):
            continue
        tried += 1
        await release_connection()
        try:
            answer = await http.client().get(link, redirects=0, max_bytes=1000, cut=True, timeout_s=5.0)
        except FetchError as error:
            log.debug("profile_link.target_not_read", url=link, reason=error.reason)
            continue
        if 300 <= answer.status < 400 and _is_profile(answer.header("location"), person):
            return True
    return False


async def _own_page_links_to(url: str, person: Identity) -> bool:
    """Return whether a profile of this server links to the other one; it is not fetched."""
    try:
        other = await look_up(url, may_fetch=False)
    except Problem:  # no profile has this address
        return False
    return any(_is_profile(link, person) for link in links_of(other.fields))
