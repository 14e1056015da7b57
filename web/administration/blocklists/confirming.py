"""Asking before a block of servers that cuts off follows."""

from collections.abc import Collection

from django.http import HttpResponse

from core.asgi.request import Request
from core.pages.addresses import path_to
from users.domains.models import Domain
from users.severances.queries import MAX_COUNTED, lost_by_blocking
from web.administration.overview import operators_page


async def ask_about_losses(
    request: Request, hosts: Collection[str], *, domain: Domain | None = None
) -> HttpResponse | None:
    """Return a page that repeats the reader's form and says what a block would cost, the people of a domain or all; None if it costs
    nothing, or they agreed.

    Raises BadInput for an invalid host.
    """
    if not hosts or request.POST.get("sure"):
        return None
    lost = await lost_by_blocking(hosts, domain_id=domain.pk if domain else None)
    if not lost.total:
        return None
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    context = {
        "hosts": hosts,
        "lost": lost,
        "most": MAX_COUNTED,
        "fields": [pair for pair in fields if pair[0] != "csrfmiddlewaretoken"],
        "section": "policies" if domain else "peers",
        "domain": domain,
        "back": path_to("admin-policies", {"domain": domain.pk}) if domain else path_to("admin-peers"),
    }
    return operators_page(request, "blocklists/confirm", context)
