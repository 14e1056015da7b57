"""Properties of a post's document for its quote and its quote policy (FEP-044f). Pure."""

from html import escape
from typing import Any

from activities.posts.activitypub.post_for_delivery import PostForDelivery
from activities.posts.models import QuoteState

QUOTE_TERMS: dict[str, Any] = {
    "gts": "https://gotosocial.org/ns#",
    "misskey": "https://misskey-hub.net/ns#",
    "fedibird": "http://fedibird.com/ns#",
    "quote": {"@id": "https://w3id.org/fep/044f#quote", "@type": "@id"},
    "quoteAuthorization": {"@id": "https://w3id.org/fep/044f#quoteAuthorization", "@type": "@id"},
    "quoteUri": "fedibird:quoteUri",
    "_misskey_quote": "misskey:_misskey_quote",
}


def with_link(content: str, url: str) -> str:
    """Return the content with the quoted URL prepended for servers without quotes; others hide it."""
    if url in content:
        return content
    link = f'<a href="{escape(url)}" rel="nofollow noopener" target="_blank">{escape(url)}</a>'
    return f'<p class="quote-inline">RE: {link}</p>{content}'


def quote_properties(post: PostForDelivery) -> dict[str, Any]:
    """Return the properties for a quoted post, with the stamp that allows it."""
    parts: dict[str, Any] = {}
    if post.quote_uri and post.quote_state not in {QuoteState.revoked.value, QuoteState.rejected.value}:
        parts |= dict.fromkeys(("quote", "quoteUri", "_misskey_quote"), post.quote_uri)
        if post.quote_approval_uri:
            parts["quoteAuthorization"] = post.quote_approval_uri
    return parts
