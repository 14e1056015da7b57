"""Acts of staff on a post that they see: marking it as sensitive, or deleting it."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activities.posts.queries.posts import get_post
from activities.posts.queries.views import PostView
from activities.posts.queries.writers import writer_of
from activities.reports import services
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import Invalid, NotFound
from core.pages.addresses import path_to
from users.domains.queries import domain_by_name
from users.identities.models import Identity
from users.identities.queries.identities import by_id
from users.logins.queries import names_of_logins
from users.moderation.services.presets import presets_for
from users.roles.models import Permission, is_within
from web.administration.acting.forms import message_of
from web.administration.overview import operators_page
from web.error_messages import error_message
from web.pages import choose_identity, for_staff, next_path, redirect_with_message

_ACTS = {"delete": services.delete_post, "sensitive": services.mark_post}


@methods("GET", "POST")
@for_staff(Permission.manage_reports)
async def post(request: Request, post_id: int) -> HttpResponse:
    """Show a post visible to the reader, by a user of a domain whose reports they handle, and act on it."""
    if request.identity is None:
        return choose_identity(request)
    shown = await _post(request, post_id)
    presets = await presets_for(request.user)
    context = {
        "presets": presets,
        "post": shown,
        "shown": shown.shown,
        "section": "reports",
        "back": next_path(request, ""),
        "writer": await _writer(shown.shown),
    }
    if request.method == "GET":
        return operators_page(request, "acting/post", context)
    act = _ACTS.get(request.POST.get("action", ""))
    if act is None:
        raise NotFound
    try:
        await act(
            moderator=request.user,
            viewer=request.identity,
            post_id=post_id,
            message=await message_of(request),
        )
    except Invalid as problem:
        return operators_page(
            request, "acting/post", context | {"problem": error_message(problem)}, status=422
        )
    if act is services.delete_post:
        back = (
            path_to("admin-people")
            if not shown.shown.author.is_local
            else path_to("admin-person", person_id=shown.shown.author.id)
        )
        return redirect_with_message(request, back, ngettext("Post deleted.", "Posts deleted.", 1))
    done = ngettext("Post marked as sensitive.", "Posts marked as sensitive.", 1)
    return redirect_with_message(request, path_to("admin-post", post_id=post_id), done)


async def _writer(post: PostView) -> Identity | None:
    """Return the identity that names the login which wrote a post of a shared identity, as in the audit log."""
    user_id = await writer_of(post.id)
    domain = await domain_by_name(post.author.host) if user_id is not None else None
    if user_id is None or domain is None:
        return None
    names = await names_of_logins([user_id], domain.pk)
    return await by_id(names[user_id]) if user_id in names else None


async def _post(request: Request, post_id: int) -> PostView:
    found = await get_post(post_id, request.identity)
    author = found.shown.author
    home = await domain_by_name(author.host) if author.is_local else None
    scope = request.user.scope(Permission.manage_reports)
    if found.id != found.shown.id or not is_within(scope, home.pk if home else None):
        raise NotFound(_("There is no such post."))
    return found
