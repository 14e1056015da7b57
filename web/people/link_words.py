"""Sentences about the links in the own profile: why they are not verified."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from users.verified_links.models import LinkProblem

_REASONS = {
    LinkProblem.no_backlink: gettext_noop("The page does not link back to your profile."),
    LinkProblem.not_found: gettext_noop("There is no such page."),
    LinkProblem.refused: gettext_noop("The website does not let this server read the page."),
    LinkProblem.broken: gettext_noop("The website answers with an error."),
    LinkProblem.unreachable: gettext_noop("The website can't be reached."),
    LinkProblem.timed_out: gettext_noop("The website does not answer in time."),
    LinkProblem.too_large: gettext_noop("The page is too large."),
    LinkProblem.private: gettext_noop("The address is in a private network."),
    LinkProblem.redirected: gettext_noop("The page redirects to another website: enter its address instead."),
    LinkProblem.blocked: gettext_noop("This server has no contact with that website."),
}


def reason_of(problem: str) -> str:
    """Return the sentence for a LinkProblem, or ""."""
    return _(_REASONS[LinkProblem(problem)]) if problem else ""
