"""Sources of custom emoji: packs that staff upload, and other servers."""

from collections.abc import Sequence

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from activities.media.services.uploads import descriptor_of
from activities.posts.queries.posts import get_post
from core.asgi.decorators import body_limit, discards_files, methods
from core.asgi.request import Request
from core.error_messages import MESSAGES, find_message
from core.errors import Invalid, Problem, restored
from core.media import limits
from core.numbers import Number
from core.pages.addresses import path_to
from federation.peers import host_of
from users.emojis import queries as reads
from users.emojis.models import EmojiPackGraph
from users.emojis.services import copying, packs
from users.roles.models import Permission
from web.administration.emojis import PlacedForm, own_scope
from web.administration.overview import operators_page
from web.error_messages import add_error, error_message
from web.middleware import words_only
from web.pages import for_server_staff, for_staff, query_number, redirect_with_message, ticked_ids

_MOST_NAMED = 20
_MOST = {"emoji_too_large": limits.EMOJI_BYTES // 1024, "too_many_frames": limits.EMOJI_FRAMES}


@body_limit(limits.PACK_BYTES + limits.MEGABYTE)
@discards_files(words_only)
@methods("POST")
@for_staff(Permission.manage_custom_emojis)
async def upload_pack(request: Request) -> HttpResponse:
    file = request.FILES.get("pack")
    try:
        if file is None or file.size is None:
            raise Invalid("file", "blank")
        name = str(file.name).partition(".")[0] or "pack"
        pack = await packs.upload_pack(
            uploader=request.user.pk, name=name, descriptor=descriptor_of(file), size=file.size
        )
    except Problem as problem:
        return redirect_with_message(request, path_to("admin-emojis"), error_message(problem), kind="bad")
    return redirect_with_message(request, path_to("admin-emoji-pack", pack_id=pack.pk))


class PackForm(PlacedForm):
    replaces = forms.BooleanField(
        label=gettext_lazy("Replace emoji that have the same shortcode"),
        help_text=gettext_lazy("Posts that use them will show the new picture."),
        required=False,
    )

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        self.fields["category"].help_text = _("Leave this empty to keep those of the pack.")


@methods("GET", "POST")
@for_staff(Permission.manage_custom_emojis)
async def pack(request: Request, pack_id: int) -> HttpResponse:
    """Show the emoji of a pack, and import the selected ones."""
    form, scope, uploader = PackForm(request.POST or None), own_scope(request), _uploader(request)
    await form.fill(scope)
    if request.method == "POST" and form.is_valid():
        try:
            added, replaced, skipped = await packs.import_pack(
                pack_id=pack_id,
                packed_ids=ticked_ids(request, "emoji"),
                category=form.cleaned_data["category"],
                domain=await form.domain_chosen(),
                replaces=form.cleaned_data["replaces"],
                uploader=uploader,
                domain_ids=scope,
            )
        except Problem as problem:
            add_error(form, problem)
        else:
            said = ngettext("{added} emoji added.", "{added} emoji added.", added)
            if replaced:
                said = ngettext(
                    "{added} emoji added, {replaced} replaced.",
                    "{added} emoji added, {replaced} replaced.",
                    added,
                )
            said = said.format(added=Number(added), replaced=Number(replaced))
            if skipped:
                said = f"{said} {_skipped(skipped)}"
            return redirect_with_message(request, path_to("admin-emojis"), said)
    uploaded = await reads.pack_by_id(pack_id, uploader=uploader)
    found = await reads.packed_emojis(request.domain.base_url, pack_id, scope)
    for one in found:
        one.problem = _words(one.problem)
    context = {
        "form": form,
        "pack": uploaded,
        "is_waiting": uploaded.state == EmojiPackGraph.waiting.name,
        "refusal": error_message(restored(uploaded.refusal)) if uploaded.refusal else "",
        "emojis": found,
        "ticked": set(ticked_ids(request, "emoji")) if request.method == "POST" else None,
        "section": "emojis",
    }
    return operators_page(request, "emojis/pack", context, status=422 if form.errors else 200)


def _uploader(request: Request) -> int | None:
    """Return the login whose packs the reader sees: staff of a domain see their own only."""
    return None if own_scope(request) is None else int(request.user.pk)


def _skipped(names: Sequence[str]) -> str:
    """Return which emoji were left as they are."""
    shown = ", ".join(f":{name}:" for name in names[:_MOST_NAMED])
    return ngettext(
        "{count} was skipped, because there is one with that shortcode: {names}",
        "{count} were skipped, because there are some with these shortcodes: {names}",
        len(names),
    ).format(count=Number(len(names)), names=shown + ("…" if len(names) > _MOST_NAMED else ""))


def _words(code: str) -> str:
    """Return why an emoji of a pack can't be used."""
    if code == "shortcode_invalid":
        return _("Its name can't be a shortcode.")
    if code == "too_many_pixels":  # the number is not stored
        return _("It has too many pixels.")
    facts = {"most": _MOST[code]} if code in _MOST else {}
    return (
        (
            find_message(MESSAGES, "file", code, facts, _)
            or find_message(MESSAGES, "file", "invalid", {}, _)
            or ""
        )
        if code
        else ""
    )


@methods("POST")
@for_staff(Permission.manage_custom_emojis)
async def remove_pack(request: Request, pack_id: int) -> HttpResponse:
    await packs.remove_pack(pack_id=pack_id, uploader=_uploader(request))
    return redirect_with_message(request, path_to("admin-emojis"), _("Nothing was added from the pack."))


@methods("GET")
@for_server_staff(Permission.manage_custom_emojis)
async def servers(request: Request) -> HttpResponse:
    """List servers that have emoji, or the emoji of one, or those in a post."""
    host, q, after = (request.GET.get(name, "").strip()[:255] for name in ("host", "q", "after"))
    names, post_id = None, query_number(request, "post")
    if post_id is not None:
        post = (await get_post(post_id, request.identity)).shown
        host, names = host_of(post.author.uri), [one.shortcode for one in post.emojis]
    context: dict[str, object] = {"host": host, "q": q, "section": "emojis"}
    if host:
        found = await reads.remote_listed(host=host.lower(), q=q.strip(":"), after=after, names=names)
        shown = found[: reads.PAGE_SIZE]
        spelled = {one.shortcode: copying.local_shortcode(one.shortcode) for one in shown}
        own = await reads.own_shortcodes(list(spelled.values()))
        context["emojis"] = [(one, spelled[one.shortcode] in own) for one in shown]
        context["categories"] = await reads.categories()
        context["later"] = found[reads.PAGE_SIZE - 1].shortcode if len(found) > reads.PAGE_SIZE else ""
    else:
        hosts = await reads.hosts_with_emojis(after=after)
        context |= {"hosts": hosts[: reads.PAGE_SIZE]}
        context["later"] = hosts[reads.PAGE_SIZE - 1] if len(hosts) > reads.PAGE_SIZE else ""
    return operators_page(request, "emojis/servers", context)


@methods("POST")
@for_server_staff(Permission.manage_custom_emojis)
async def copy(request: Request) -> HttpResponse:
    """Copy one remote emoji for all domains."""
    ids = ticked_ids(request, "emoji")
    back = path_to("admin-emojis-servers", {"host": request.POST.get("host", "")[:255]})
    try:
        added = await copying.copy_emoji(
            emoji_id=ids[0] if ids else 0, category=request.POST.get("category", "")
        )
    except Problem as problem:
        return redirect_with_message(request, back, error_message(problem), kind="bad")
    return redirect_with_message(
        request, back, _(":{shortcode}: was copied.").format(shortcode=added.shortcode)
    )
