"""Reacting to announcements."""

from collections.abc import Awaitable, Callable

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.announcements import services
from activities.announcements.queries import announcements, require_shown
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.pages.addresses import path_to
from web.pages import View, is_htmx, next_path, redirect_with_message, render_partial, signed_in
from web.posts.reactions import emoji_page
from web.templatetags.emojis import quick_emojis

QUICK = 3  # emoji offered beside those that others used, as in templates/site/_announcement_reactions.html


def _press(action: Callable[..., Awaitable[None]], sentence: str) -> View:
    @methods("POST")
    @signed_in
    async def press(request: Request, announcement_id: int) -> HttpResponse:
        emoji = request.POST.get("emoji", "")
        await action(identity=request.identity, announcement_id=announcement_id, name=emoji)
        back = next_path(request, path_to("home"))
        if not is_htmx(request):
            return redirect_with_message(request, back, sentence)
        [shown] = [one for one in await announcements(request.identity) if one.id == announcement_id]
        offered = {one.name for one in shown.reactions} | set(quick_emojis(shown.reactions)[:QUICK])
        context = {"announcement": shown, "pressed": emoji, "is_lost": emoji not in offered}
        return render_partial(request, "site/_announcement_reactions.html", context)

    return press


react = _press(services.react, gettext_lazy("Reaction added."))
unreact = _press(services.unreact, gettext_lazy("Reaction removed."))


@methods("GET")
@signed_in
async def pick(request: Request, announcement_id: int) -> HttpResponse:
    """Show emoji to react with."""
    await require_shown(request.identity, announcement_id)
    action = path_to("announcements-react", announcement_id=announcement_id)
    return await emoji_page(request, action, next_path(request, path_to("home")), _("Back"))
