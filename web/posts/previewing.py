"""Previews of texts before they are posted."""

from django.utils.safestring import SafeString

from activities.publishing.services.drafts import PostDraft
from activities.publishing.services.emojis import emojis_in
from activities.publishing.services.posting import html_of
from core.asgi.request import Request
from web.templatetags.emojis import emoji_html

_LONGEST = 5000  # more than a post may have


async def preview_of(request: Request) -> SafeString:
    """Return the submitted text of the composer's form as HTML; unknown accounts are not linked."""
    text = request.POST.get("text", "")[:_LONGEST]
    draft = PostDraft(text=text, is_markdown="is_markdown" in request.POST)
    html = await html_of(draft, request.identity)
    return emoji_html(html, await emojis_in(request.identity, draft.spoken))
