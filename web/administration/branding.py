"""The pictures of a domain: logo, icon and banner, uploaded by its admins on the domain's page."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from activities.media.services import branding
from activities.media.services.branding import KINDS
from core.asgi.decorators import body_limit, discards_files, methods
from core.asgi.request import Request
from core.errors import NotFound, Problem
from core.media import limits
from core.pages.addresses import path_to
from users.domains.models import Domain
from users.domains.queries import domain_by_id
from users.roles.models import Permission
from web.administration.domain_forms import BrandingForm
from web.administration.domains import domain_page
from web.error_messages import error_message
from web.middleware import words_only
from web.pages import for_staff, redirect_with_message


async def _save(domain: Domain, form: BrandingForm) -> bool:
    """Convert the uploads and store them; return whether all were accepted. Otherwise nothing is changed."""
    names: dict[branding.Kind, str] = {}
    for kind in KINDS:
        if form.cleaned_data.get(f"without_{kind}"):
            names[kind] = ""
        if file := form.cleaned_data.get(kind):
            try:
                names[kind] = await branding.convert(kind, file)
            except Problem as problem:
                form.add_error(kind, error_message(problem))
    if form.errors:
        return False
    await branding.set_pictures(domain=domain, files=names)
    return True


@body_limit(3 * limits.PICTURE_BYTES + limits.MEGABYTE)
@discards_files(words_only)
@methods("POST")
@for_staff(Permission.manage_settings)
async def pictures(request: Request, domain_id: int) -> HttpResponse:
    domain = await domain_by_id(domain_id)
    if domain is None or not request.user.may(Permission.manage_settings, domain.pk):
        raise NotFound(_("There is no such domain."))
    form = BrandingForm(domain, request.POST, request.FILES)
    if form.is_valid() and await _save(domain, form):
        return redirect_with_message(request, path_to("admin-domain", domain_id=domain.pk), _("Saved."))
    return await domain_page(request, domain, pictures=form)
