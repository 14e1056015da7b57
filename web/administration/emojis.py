"""Local custom emoji: list, add, change, delete, export. Packs and remote emoji are in emoji_sources.py."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from activities.media.services.uploads import discard
from core.asgi.decorators import body_limit, discards_files, methods
from core.asgi.files import send_file
from core.asgi.request import Request
from core.errors import NotFound, Problem
from core.media import limits
from core.media.locations import storage
from core.media.messages import PackEntry
from core.numbers import Number
from core.pages.addresses import path_to
from core.texts.emojis import MAX_SHORTCODE_LENGTH
from users.domains.models import Domain
from users.domains.queries import local_domains
from users.emojis import queries as reads
from users.emojis.services import own, packs
from users.roles.models import Permission, Scope
from web.administration.overview import operators_page
from web.domain_choice import chosen_domain, domain_field, offer_domains
from web.error_messages import add_error
from web.middleware import words_only
from web.pages import for_staff, query_number, redirect_with_message, ticked_ids

PICTURES = {"accept": "image/png,image/apng,image/gif,image/webp,image/avif"}


class PlacedForm(forms.Form):
    """The domain and the category of an emoji."""

    category = forms.CharField(
        label=gettext_lazy("Category"),
        max_length=own.MAX_CATEGORY_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"list": "categories"}),
    )
    domain = domain_field()

    async def fill(self, scope: Scope = None) -> None:
        """Set the choices of the domain field to the domains where the reader manages emoji."""
        await offer_domains(self, scope)

    async def domain_chosen(self) -> Domain | None:
        return await chosen_domain(self)


class NewEmojiForm(PlacedForm):
    shortcode = forms.CharField(
        label=gettext_lazy("Shortcode"),
        max_length=MAX_SHORTCODE_LENGTH + 2,
        help_text=gettext_lazy(
            "Letters, digits and underscores. People write it between colons, and it can't be changed later."
        ),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    file = forms.FileField(
        label=gettext_lazy("Picture"),
        help_text=gettext_lazy("PNG, GIF, WebP or AVIF, at most 256 KB."),
        widget=forms.FileInput(attrs=PICTURES),
    )
    field_order = ("shortcode", "file", "category", "domain")


class EmojiForm(PlacedForm):
    file = forms.FileField(
        label=gettext_lazy("New picture"), required=False, widget=forms.FileInput(attrs=PICTURES)
    )
    is_visible_in_picker = forms.BooleanField(label=gettext_lazy("Shown in the picker"), required=False)
    is_enabled = forms.BooleanField(
        label=gettext_lazy("Enabled"),
        help_text=gettext_lazy("New posts show a disabled one as text; older posts keep showing it."),
        required=False,
    )
    field_order = ("category", "domain", "file", "is_visible_in_picker", "is_enabled")


def own_scope(request: Request) -> Scope:
    return request.user.scope(Permission.manage_custom_emojis)


def _read(file: UploadedFile | None) -> bytes | None:
    """Return the uploaded file, or just enough of it to tell that it is too large."""
    return None if file is None else file.read(limits.EMOJI_BYTES + 1)


@body_limit(limits.MEGABYTE)
@discards_files(words_only)
@methods("GET", "POST")
@for_staff(Permission.manage_custom_emojis)
async def emojis(request: Request) -> HttpResponse:
    form, scope = NewEmojiForm(request.POST or None, request.FILES or None), own_scope(request)
    await form.fill(scope)
    if request.method == "POST" and form.is_valid():
        try:
            added = await own.add_emoji(
                shortcode=form.cleaned_data["shortcode"],
                picture=_read(form.cleaned_data["file"]) or b"",
                category=form.cleaned_data["category"],
                domain=await form.domain_chosen(),
                domain_ids=scope,
            )
        except Problem as problem:
            add_error(form, problem)
        else:
            return redirect_with_message(
                request,
                path_to("admin-emojis"),
                _(":{shortcode}: was added.").format(shortcode=added.shortcode),
            )
    number, q = query_number(request, "page") or 0, request.GET.get("q", "").strip(": ")[:100]
    category = request.GET.get("category")
    found = await reads.own_listed(
        request.domain.base_url, q=q, category=category, domain_ids=scope, page=number
    )
    context = {
        "form": form,
        "emojis": found[: reads.PAGE_SIZE],
        "later": number + 1 if len(found) > reads.PAGE_SIZE else None,
        "earlier": number - 1,
        "is_later_page": number > 0,
        "q": q,
        "category": category,
        "categories": await reads.categories(scope),
        "is_everywhere": scope is None,
        "pack_mb": limits.PACK_BYTES // limits.MEGABYTE,
        "section": "emojis",
    }
    return operators_page(request, "emojis/emojis", context, status=422 if form.errors else 200)


_CHANGES = {
    "enable": {"is_enabled": True},
    "disable": {"is_enabled": False},
    "show": {"is_visible_in_picker": True},
    "hide": {"is_visible_in_picker": False},
}


@methods("POST")
@for_staff(Permission.manage_custom_emojis)
async def change(request: Request) -> HttpResponse:
    """Apply the action of the pressed button to all selected emoji."""
    action, ids, scope = request.POST.get("action", ""), ticked_ids(request, "emoji"), own_scope(request)
    if action == "delete":
        count = await own.remove_emojis(emoji_ids=ids, domain_ids=scope)
        said = ngettext("{count} emoji deleted.", "{count} emoji deleted.", count)
    elif action == "move":
        to_category = request.POST.get("to_category", "")
        count = await own.change_many(emoji_ids=ids, domain_ids=scope, category=to_category)
        said = ngettext("{count} emoji moved.", "{count} emoji moved.", count)
    elif action in _CHANGES:
        count = await own.change_many(emoji_ids=ids, domain_ids=scope, **_CHANGES[action])
        said = ngettext("{count} emoji changed.", "{count} emoji changed.", count)
    else:
        raise NotFound
    said = said.format(count=Number(count)) if count else _("Tick some emoji first.")
    return redirect_with_message(request, path_to("admin-emojis"), said, kind="good" if count else "bad")


@body_limit(limits.MEGABYTE)
@discards_files(words_only)
@methods("GET", "POST")
@for_staff(Permission.manage_custom_emojis)
async def edit(request: Request, emoji_id: int) -> HttpResponse:
    scope = own_scope(request)
    emoji = await reads.own_listed_by_id(request.domain.base_url, emoji_id, scope)
    if emoji is None:
        raise NotFound(_("There is no such emoji."))
    places = {one.name: one.pk for one in await local_domains()}
    start = {
        "category": emoji.category,
        "domain": places.get(emoji.domain, ""),
        "is_visible_in_picker": emoji.is_visible_in_picker,
        "is_enabled": emoji.is_enabled,
    }
    form = EmojiForm(request.POST or None, request.FILES or None, initial=start)
    await form.fill(scope)
    if request.method == "POST" and form.is_valid():
        changes = {
            name: form.cleaned_data[name] for name in ("category", "is_visible_in_picker", "is_enabled")
        }
        picture = _read(form.cleaned_data["file"])
        try:
            domain = await form.domain_chosen()
            await own.change_emoji(
                emoji_id=emoji_id, picture=picture, domain=domain, domain_ids=scope, **changes
            )
        except Problem as problem:
            add_error(form, problem)
        else:
            return redirect_with_message(request, path_to("admin-emojis"), _("Saved."))
    context = {"form": form, "emoji": emoji, "categories": await reads.categories(scope), "section": "emojis"}
    return operators_page(request, "emojis/emoji", context, status=422 if form.errors else 200)


@methods("GET")
@for_staff(Permission.manage_custom_emojis)
async def export(request: Request) -> HttpResponse:
    """Send the reader's emoji of a category, or all of theirs, as a pack."""
    category = request.GET.get("category")
    found = await reads.own_listed(
        request.domain.base_url, category=category, domain_ids=own_scope(request), limit=own.MAX_EMOJIS
    )
    entries = {
        one.shortcode: PackEntry(shortcode=one.shortcode, category=one.category, file=one.file)
        for one in found
    }
    name = await packs.export_pack(name=category or request.domain.name, emojis=list(entries.values()))
    response = send_file(
        request,
        storage().path(name),
        content_type="application/zip",
        cache_control="private, no-store",
        download_as=f"{category or request.domain.name}.zip",
    )
    await discard([name])  # it is open, so it can still be read to its end
    return response
