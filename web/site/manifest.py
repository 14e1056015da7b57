"""The web app manifest of a domain (w3.org/TR/appmanifest), which lets browsers offer to install it as an app."""

from typing import Any

import msgspec
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.conditional import conditional
from core.asgi.decorators import methods, without_session
from core.asgi.request import Request
from core.languages import html_language
from core.media.limits import DOMAIN_ICON_SIZE
from core.pages.addresses import path_to
from core.pages.static_files import assets
from web.frame.colors import css_color, ground_of
from web.frame.pictures import picture_url, type_of
from web.site.icons import SIZES
from web.templatetags.previews import about_domain
from web.templatetags.takahe import domain_title, icon_version

SCREENSHOTS = {
    # name: (size, form factor, label)
    "phone-home": ("780x1688", "narrow", gettext_lazy("Your home timeline")),
    "phone-profile": ("780x1688", "narrow", gettext_lazy("A profile")),
    "desk-home": ("1280x800", "wide", gettext_lazy("Your home timeline")),
    "desk-explore": ("1280x800", "wide", gettext_lazy("What is popular")),
}
_SHARED_TYPES = ["image/*", "video/*", "audio/*"]  # what the composer can't take it says itself
_CACHED = "public, max-age=3600"
_SHORT_LENGTH = 12  # maximum length of names under an icon


@methods("GET")
@without_session
async def manifest(request: Request) -> HttpResponse:
    domain, name = request.domain, domain_title(request.domain)
    color, suffix = css_color(ground_of(domain.accent_color)), icon_version(domain)
    if domain.icon_file:
        width, height = DOMAIN_ICON_SIZE
        icons = [
            {
                "src": picture_url(domain, domain.icon_file),
                "type": type_of(domain.icon_file),
                "sizes": f"{width}x{height}",
            }
        ]
    else:
        icons = _birds(suffix)
    document: dict[str, Any] = {
        "id": path_to("home"),
        "name": name,
        "short_name": name if len(name) <= _SHORT_LENGTH else domain.name,
        "description": about_domain(domain),
        "lang": html_language(),
        "dir": "auto",
        "start_url": path_to("home"),
        "scope": path_to("front"),
        "display": "standalone",
        "theme_color": color,
        "background_color": color,
        "categories": ["social"],
        "icons": icons,
        "screenshots": _screenshots(),
        "shortcuts": [
            {"name": _("Write a post"), "url": path_to("compose")},
            {"name": _("Notifications"), "url": path_to("notifications")},
            {"name": _("Search"), "url": path_to("search")},
        ],
        "share_target": {
            "action": path_to("share"),
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": {
                "title": "title",
                "text": "text",
                "url": "url",
                "files": [{"name": "files", "accept": _SHARED_TYPES}],
            },
        },
    }
    response = HttpResponse(
        msgspec.json.encode(document),
        content_type="application/manifest+json",
        headers={"Cache-Control": _CACHED, "Vary": "Accept-Language"},
    )
    return conditional(request, response)


def _screenshots() -> list[dict[str, str]]:
    """Return pictures of the product for the dialog that installs it (tools/screenshots makes them)."""
    return [
        {
            "src": assets().url(f"img/screens/{name}.webp"),
            "type": "image/webp",
            "sizes": sizes,
            "form_factor": form_factor,
            "label": str(label),
        }
        for name, (sizes, form_factor, label) in SCREENSHOTS.items()
    ]


def _birds(suffix: str) -> list[dict[str, str]]:
    """Return the takahē on the domain's colour, in all sizes."""
    icons = [{"src": f"{path_to('icon-svg')}?{suffix}", "type": "image/svg+xml", "sizes": "any"}]
    for size in SIZES:
        pixels = size.rpartition("-")[2]
        purpose = {"purpose": "maskable"} if size.startswith("maskable") else {}
        address = f"{path_to('icon-png', size=size)}?{suffix}"
        icons.append({"src": address, "type": "image/png", "sizes": f"{pixels}x{pixels}", **purpose})
    return icons
