"""`/robots.txt` and `/favicon.ico`."""

from django.http import HttpResponse

from core.asgi.decorators import any_host, methods
from core.asgi.request import Request
from core.pages.addresses import path_to
from core.pages.static_files import PREFIX, assets
from users.domains.models import Crawlers
from web.frame.pictures import picture_url

# those that collect texts to train models, or to answer questions with them, as their makers name them in 2026
AI_CRAWLERS = (
    "AI2Bot",
    "Amazonbot",
    "anthropic-ai",
    "Applebot-Extended",
    "Bytespider",
    "CCBot",
    "ChatGPT-User",
    "Claude-User",
    "Claude-SearchBot",
    "ClaudeBot",
    "cohere-ai",
    "Diffbot",
    "DuckAssistBot",
    "FacebookBot",
    "Google-Extended",
    "GPTBot",
    "ImagesiftBot",
    "Meta-ExternalAgent",
    "Meta-ExternalFetcher",
    "MistralAI-User",
    "OAI-SearchBot",
    "omgili",
    "PanguBot",
    "Perplexity-User",
    "PerplexityBot",
    "PetalBot",
    "Timpibot",
    "YouBot",
)

_DAY = "public, max-age=86400"
_HOUR = "public, max-age=3600"  # for contents that an admin may change
# pages that are for users only, endless or cause requests to other servers; each page itself says whether search engines may index it
_NOT_FOR_ROBOTS = ("admin", "settings", "search", "compose", "interact", "authorize-interaction")

# nothing is to be seen there without an account, if visitors see no profiles: pages and the part of their address that differs
_OF_PEOPLE = {"profile": "handle", "tag": "name", "collection": "collection_id"}


@methods("GET")
async def robots(request: Request) -> HttpResponse:
    asked = request.domain.crawlers
    lines = []
    if asked == Crawlers.no_ai:
        lines += [*(f"User-agent: {name}" for name in AI_CRAWLERS), "Disallow: /", ""]
    lines.append("User-agent: *")
    lines += (
        ["Disallow: /"]
        if asked == Crawlers.none
        else [f"Disallow: {path_to(name)}" for name in _NOT_FOR_ROBOTS]
    )
    if not request.domain.shows_profiles and asked != Crawlers.none:
        lines += [f"Disallow: {path_to(name, **{part: ''})}" for name, part in _OF_PEOPLE.items()]
    if request.domain.shows_timelines and asked != Crawlers.none:
        lines.append(f"Sitemap: {request.domain.base_url}{path_to('sitemap')}")
    lines.append("")
    return HttpResponse(
        "\n".join(lines), content_type="text/plain; charset=utf-8", headers={"Cache-Control": _HOUR}
    )


@methods("GET")
@any_host
async def favicon(request: Request) -> HttpResponse:
    if request.domain is not None and request.domain.icon_file:
        location = picture_url(request.domain, request.domain.icon_file)
        return HttpResponse(status=302, headers={"Location": location, "Cache-Control": _HOUR})
    body = assets().by_path[f"{PREFIX}img/favicon.ico"].body
    return HttpResponse(body, content_type="image/x-icon", headers={"Cache-Control": _DAY})
