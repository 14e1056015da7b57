"""Kinds of acts of the pages, for the roles of those who share an identity (users/logins/access.py).

A form that is listed nowhere needs an editor, so that a new one is never open to authors by mistake.
"""

from collections.abc import Awaitable, Callable

from django.http import HttpResponse, HttpResponseRedirect

from core.asgi.request import Request
from core.errors import NotAllowed
from core.pages.addresses import path_to
from users.audit.models import Act
from users.audit.services import Target, record_refusal
from users.logins.access import Doing, may, require_role

type Next = Callable[[Request], Awaitable[HttpResponse]]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# forms about the login itself, and those of staff, whose rights belong to the login
_OF_LOGIN = _names(
    """sign-in sign-in-code sign-in-passkey sign-in-with sign-in-with-username sign-out sign-up setup confirm confirm-new-password
    password-forgotten password-reset staff-mails-stop digest-stop alerts-stop interact
    settings-security settings-authenticator settings-authenticator-off settings-recovery-codes settings-passkeys settings-passkeys-rename
    settings-passkeys-remove settings-providers-connect settings-providers-disconnect settings-sessions-end settings-sessions-end-others
    settings-address settings-address-confirm settings-login-delete settings-identities settings-identities-speak
    settings-identities-delete settings-appearance settings-apps settings-apps-revoke settings-apps-revoke-all settings-notifications
    settings-notifications-trial settings-notifications-renew settings-notifications-off settings-notifications-remove
    settings-sharing-leave settings-invitations-accept settings-invitations-refuse settings-notifications-staff settings-warning oauth-authorize oauth-end-session"""
)
_FOR_AUTHORS = _names(
    """compose uploads share drafts-save drafts-delete posts-vote posts-edit posts-delete posts-restore posts-redraft posts-expiry
    posts-policies posts-deliveries-try posts-like posts-unlike posts-react posts-unreact posts-boost posts-unboost posts-bookmark posts-unbookmark
    scheduled-cancel scheduled-again scheduled-draft private-mention private-mentions-unread home-read notifications-read
    notifications-read-all announcements-read announcements-react announcements-unreact catch-up"""
)
_FOR_OWNERS = _names(
    """settings-move settings-move-aliases-add settings-move-aliases-remove settings-move-away settings-move-undo settings-move-status
    settings-export settings-export-file settings-sharing-access settings-sharing-remove settings-sharing-take-back settings-import settings-old-posts"""
)
# pages that only lead to forms for editors
_FORMS_OF_EDITORS = _names(
    """settings settings-featured settings-posting settings-reading filters filters-edit posts-filter follow-requests requests blocks mutes
    blocked-servers lists-edit collections-edit people-report people-note people-follow-options people-lists people-circles
    people-collections bookmarks-folders bookmarks-folders-edit posts-folder welcome welcome-step
    circles circle"""
)


def doing_of(name: str, *, is_form: bool) -> Doing:
    """Return what the page with this name does, when it is read or when its form is sent."""
    if name in _FOR_OWNERS:
        return Doing.own
    if not is_form:
        return Doing.edit if name in _FORMS_OF_EDITORS else Doing.read
    if name == "settings-sharing":
        return Doing.own
    if name in _OF_LOGIN or name.startswith("admin"):
        return Doing.read
    return Doing.write if name in _FOR_AUTHORS else Doing.edit


def is_reachable(request: Request, name: str) -> bool:
    """Return whether the role of the request's login lets it open a page."""
    return request.identity is None or may(request.role, doing_of(name, is_form=False))


def edits(request: Request) -> bool:
    """Return whether to offer what needs an editor; also to a login without an identity, which is asked to choose one."""
    return request.identity is None or may(request.role, Doing.edit)


async def role_middleware(request: Request, next: Next) -> HttpResponse:
    """Refuse what the login's role for the identity doesn't allow, before the view runs; the audit log gets the forms."""
    if request.identity is not None:
        is_read = request.method == "GET"
        if is_read and request.path == path_to("settings") and not is_reachable(request, "settings"):
            return HttpResponseRedirect(path_to("settings-list"))  # the navigation leads to the profile
        await _check(request)
    return await next(request)


async def _check(request: Request) -> None:
    match = request.resolver_match
    is_form = request.method not in {"GET", "HEAD", "OPTIONS"}
    if match is None or match.route.startswith(("api/", "oauth/token", "oauth/revoke")):
        return
    try:
        require_role(request.role, doing_of(match.url_name or "", is_form=is_form))
    except NotAllowed as problem:
        if is_form:
            identity = request.identity
            await record_refusal(
                Act.exceed_role,
                Target("person", identity.pk, identity.handle),
                by=request.user.pk,
                code=problem.code,
                domain_id=identity.domain_id,
                details={"page": match.url_name or ""},
            )
        raise
