"""Moving an identity: its aliases, moving away, undoing it, and the progress of a move."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.db.paging import Page
from core.errors import NotFound, Problem
from core.pages.addresses import path_to
from federation import queries as federation_reads
from users.identities.queries import identities
from users.identities.queries.profiles import load_profiles
from users.logins import queries as login_reads
from users.moves import queries as reads
from users.moves.services import aliases, moving
from web.accounts import fields
from web.error_messages import add_error
from web.pages import page, query_number, redirect_with_message, signed_in

_PAGE_SIZE = 40
_ACCOUNT = {"autocapitalize": "none", "spellcheck": "false", "placeholder": "name@example.com"}


class AliasForm(forms.Form):
    account = forms.CharField(
        label=gettext_lazy("Your old account"),
        max_length=2000,
        help_text=gettext_lazy("Its handle or its address."),
        widget=forms.TextInput(attrs=_ACCOUNT),
    )


class MoveForm(forms.Form):
    target = forms.CharField(
        label=gettext_lazy("Your new account"),
        max_length=2000,
        help_text=gettext_lazy("Its handle or its address. It must name this account as an alias."),
        widget=forms.TextInput(attrs=_ACCOUNT),
    )
    password = fields.own_password(gettext_lazy("Your password"))


async def _show(
    request: Request, *, alias_form: AliasForm | None = None, move_form: MoveForm | None = None
) -> HttpResponse:
    identity = request.identity
    has_errors = any(form is not None and form.errors for form in (alias_form, move_form))
    context = {
        "section": "move",
        "aliases": await _named(identity.also_known_as),
        "alias_form": alias_form or AliasForm(),
        "has_room": len(identity.also_known_as) < aliases.MAX_ALIASES,
        "move_form": move_form or MoveForm(),
        "moved_to": await identities.by_uri(identity.moved_to_uri),
        "may_move_at": await moving.next_move_at(identity),
        "last": await reads.last_move_of(identity.pk),
        "arrivals": await reads.moves_to(identity.pk),
    }
    return page(request, "accounts/move.html", context, status=422 if has_errors else 200)


async def _named(uris: list[str]) -> list[tuple[str, str]]:
    """Return each alias with the handle of its account, or with itself if it is unknown."""
    found = [(uri, await identities.by_uri(uri)) for uri in uris]
    return [(uri, f"@{one.handle}" if one is not None else uri) for uri, one in found]


@methods("GET")
@signed_in
async def move(request: Request) -> HttpResponse:
    return await _show(request)


@methods("POST")
@signed_in
async def add_alias(request: Request) -> HttpResponse:
    form = AliasForm(request.POST)
    identity = request.identity
    if form.is_valid():
        try:
            names = [*identity.also_known_as, form.cleaned_data["account"]]
            await aliases.set_aliases(identity=identity, names=names)
        except Problem as problem:
            add_error(form, problem, otherwise="account")
        else:
            return redirect_with_message(
                request, path_to("settings-move"), _("Added. Now start the move from your old account.")
            )
    return await _show(request, alias_form=form)


@methods("POST")
@signed_in
async def remove_alias(request: Request) -> HttpResponse:
    kept = [uri for uri in request.identity.also_known_as if uri != request.POST.get("account")]
    await aliases.set_aliases(identity=request.identity, names=kept)
    return redirect_with_message(request, path_to("settings-move"), _("Removed."))


@methods("POST")
@signed_in
async def move_away(request: Request) -> HttpResponse:
    form = MoveForm(request.POST)
    if form.is_valid():
        try:
            made = await moving.move_own(user=request.user, identity=request.identity, **form.cleaned_data)
        except NotFound:
            raise
        except Problem as problem:
            field = "password" if problem.code == "wrong_password" else "target"
            add_error(form, problem, otherwise=field)
        else:
            return redirect_with_message(
                request,
                path_to("settings-move-status", move_id=made.pk),
                _("You have moved. Your followers' servers are being told."),
            )
    return await _show(request, move_form=form)


@methods("POST")
@signed_in
async def undo(request: Request) -> HttpResponse:
    if await login_reads.identity_owned(request.user, request.identity.pk) is None:
        raise NotFound
    await moving.undo_move(identity=request.identity)
    return redirect_with_message(
        request, path_to("settings-move"), _("The move is undone. You can post and be followed here again.")
    )


@methods("GET")
@signed_in
async def status(request: Request, move_id: int) -> HttpResponse:
    """Show the progress of a move from or to this identity: which followers moved, and which servers could not be notified."""
    made = await reads.move_of(request.identity.pk, move_id)
    if made is None:
        raise NotFound(_("There is no such move."))
    rows = await reads.moved_followers(
        made, Page(_PAGE_SIZE, query_number(request, "max_id")), viewer_id=request.identity.pk
    )
    people = await load_profiles([row.identity_id for row in rows])
    is_away = made.source_id == request.identity.pk
    uri = reads.activity_uri(made)
    context = {
        "section": "move",
        "move": made,
        "is_away": is_away,
        "is_undone": made.state in {"undoing", "undone"},
        "still": await reads.still_following(made) if is_away else 0,
        "arrived": 0 if is_away else await reads.new_followers(made.target_id, made.created_at),
        "summary": await federation_reads.delivery_summary(uri) if is_away else None,
        "untold": await _untold(uri) if is_away else [],
        "followers": [(people[row.identity_id], row.outcome) for row in rows if row.identity_id in people],
        "older": rows[-1].id if len(rows) == _PAGE_SIZE else None,
    }
    return page(request, "accounts/move_status.html", context)


async def _untold(uri: str) -> list[federation_reads.DeliveryView]:
    """Return the servers that did not receive the Move, or never will, with the reasons."""
    return [row for row in await federation_reads.deliveries_of(uri) if row.status != "delivered"]
