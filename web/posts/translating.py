"""A post in the reader's language."""

from django.http import HttpResponse

from activities.posts.queries.posts import get_post
from activities.translations.services import translate_post
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.texts.language_names import LANGUAGE_NAMES
from web.pages import page, signed_in


@methods("GET")
@signed_in
async def translation(request: Request, post_id: int) -> HttpResponse:
    """Show a post with its translation into the language in which the reader writes."""
    post = (await get_post(post_id, request.identity)).shown
    made = await translate_post(
        reader=request.identity, post=post, target=request.identity.default_language or "en"
    )
    names = {"source_name": _name(made.source), "target_name": _name(made.target)}
    return page(request, "posts/translation.html", {"post": post, "made": made, **names})


def _name(code: str) -> str:
    return LANGUAGE_NAMES[code][0] if code in LANGUAGE_NAMES else code
