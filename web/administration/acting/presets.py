"""Texts that staff prepare for warnings: adding, listing, deleting."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import Problem
from core.pages.addresses import path_to
from users.logins.models import User
from users.moderation.models import WarningPreset
from users.moderation.services.presets import MAX_TITLE, add_preset, delete_preset, presets_for
from users.moderation.services.warning import MAX_TEXT_LENGTH
from users.roles.models import Permission, is_within
from web.administration.overview import operators_page
from web.domain_choice import chosen_domain, domain_field, offer_domains
from web.idempotency import IdempotentForm, create_from
from web.pages import for_staff, redirect_with_message


class PresetForm(IdempotentForm):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=MAX_TITLE, required=False)
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=MAX_TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("It is placed above your message to the person."),
    )
    domain = domain_field(gettext_lazy("Applies to"))

    async def offer(self, user: User) -> None:
        """Set the choices: the domains of the author's scope, and all domains only if that is their scope."""
        await offer_domains(self, user.scope(Permission.manage_users))

    async def save(self, user: User, row_id: int | None) -> int:
        """Add the text, and return its id."""
        asked = self.cleaned_data
        made = await add_preset(
            moderator=user,
            title=asked["title"],
            text=asked["text"],
            domain=await chosen_domain(self),
            row_id=row_id,
        )
        return int(made.pk)


@methods("GET", "POST")
@for_staff(Permission.manage_users)
async def presets(request: Request) -> HttpResponse:
    form = PresetForm(request.POST or None)
    await form.offer(request.user)
    if await create_from(
        request,
        form,
        WarningPreset,
        lambda row_id: form.save(request.user, row_id),
        expected=Problem,
        otherwise="text",
    ):
        return redirect_with_message(request, path_to("admin-presets"), _("Text added."))
    scope = request.user.scope(Permission.manage_users)
    shown = [(one, is_within(scope, one.domain_id)) for one in await presets_for(request.user)]
    context = {"form": form, "rows": shown}
    return operators_page(request, "acting/presets", context, status=422 if form.errors else 200)


@methods("POST")
@for_staff(Permission.manage_users)
async def remove(request: Request, preset_id: int) -> HttpResponse:
    await delete_preset(moderator=request.user, preset_id=preset_id)
    return redirect_with_message(request, path_to("admin-presets"), _("Text deleted."))
