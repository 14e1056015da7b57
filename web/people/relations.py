"""Following, muting, blocking and follow requests, and the lists of them."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import msgspec
from django.core import signing
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.lists import services as lists
from activities.lists.queries import lists_with
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.pages.addresses import path_to
from users.circles import services as circles
from users.circles.queries import circles_with
from users.identities.queries.profiles import load_profile, load_profiles, profile_of_identity
from users.relations.queries import relationships
from users.relations.services import blocking, following, taking_back
from web.pages import (
    View,
    add_toast,
    done,
    is_htmx,
    next_path,
    page,
    query_number,
    redirect_with_message,
    render_partial,
    signed_in,
)
from web.people.in_place import answer_on_profile, is_on_profile
from web.people.naming import name_of
from web.people.profiles import identity_by_path

PAGE_SIZE = 40
_BLOCK, _UNFOLLOW = "block", "unfollow"  # what an Undo takes back
_UNDONE_FOR_S = 600


def _button(
    action: Callable[..., Awaitable[Any]],
    subject: str,
    other: str,
    sentence: str,
) -> View:
    """Return a view that calls `action(subject=me, other=their id)`, and says `sentence` with the name of the other."""

    @methods("POST")
    @signed_in
    async def press(request: Request, person_id: int) -> HttpResponse:
        await action(**{subject: request.identity, other: person_id})
        if is_htmx(request) and not is_on_profile(request):  # the Undo button of a toast
            return HttpResponse(status=204)
        words = str(sentence).format(name=await name_of(person_id))
        if is_on_profile(request):
            return await answer_on_profile(request, person_id, words, is_mute=action is blocking.unmute)
        return redirect_with_message(request, next_path(request, path_to("home")), words)

    return press


@methods("POST")
@signed_in
async def follow(request: Request, person_id: int) -> HttpResponse:
    """Follow. The Undo button of an unfollow also restores the options of the follow, and memberships in lists and circles."""
    before, groups = _signed(request, person_id, _UNFOLLOW, taking_back.EndedFollow)
    if before is None:
        row = await following.follow(source=request.identity, target_id=person_id)
    else:
        row = await taking_back.follow_again(source=request.identity, target_id=person_id, before=before)
        await _put_back(request, person_id, groups)
    sentence = _("You follow {name}.") if row.accepted_at is not None else _("Follow request sent to {name}.")
    words = sentence.format(name=await name_of(person_id))
    if not is_htmx(request):
        return redirect_with_message(request, next_path(request, path_to("home")), words)
    if is_on_profile(request):
        return await answer_on_profile(request, person_id, words)
    response = await _follow_button(request, person_id)
    add_toast(response, words)
    return response


async def _follow_button(request: Request, person_id: int) -> HttpResponse:
    """Render the button of a row for how the reader stands to this person now."""
    relations = await relationships.relations_to(request.identity, [person_id])
    context = {"person": await load_profile(person_id), "relations": relations, "is_pressed": True}
    return render_partial(request, "people/profile/_follow.html", context)


@methods("POST")
@signed_in
async def unfollow(request: Request, person_id: int) -> HttpResponse:
    me, listed = request.identity, [one.pk for one in await lists_with(request.identity, person_id)]
    ended, mark = await circles.leave_for_now(
        member=me,
        owner_id=person_id,
        act=lambda: taking_back.unfollow_for_now(source=me, target_id=person_id),
    )
    was_follow = ended is None or ended.is_accepted
    sentence = _("You no longer follow {name}.") if was_follow else _("Follow request to {name} cancelled.")
    words, back = sentence.format(name=await name_of(person_id)), next_path(request, path_to("home"))
    undo = _undo("people-follow", request, person_id, _UNFOLLOW, ended, _Groups(listed, [], mark))
    if is_on_profile(request):
        return await answer_on_profile(request, person_id, words, undo=undo)
    if not (is_htmx(request) and "row" in request.POST):
        return done(request, back, words, undo=undo)
    response = await _follow_button(request, person_id)
    add_toast(response, words, undo=undo, back=f'[data-follow="{person_id}"]')
    return response


remove_follower = _button(
    following.remove_follower, "target", "source_id", gettext_lazy("{name} no longer follows you.")
)
unmute = _button(blocking.unmute, "source", "target_id", gettext_lazy("Unmuted {name}."))
accept = _button(following.accept_follow, "target", "source_id", gettext_lazy("{name} follows you now."))
reject = _button(
    following.reject_follow, "target", "source_id", gettext_lazy("Follow request of {name} rejected.")
)


@methods("POST")
@signed_in
async def block(request: Request, person_id: int) -> HttpResponse:
    me = request.identity
    listed = [one.pk for one in await lists_with(me, person_id)]
    encircled = [one.pk for one in await circles_with(me, person_id)]
    ended, mark = await circles.leave_for_now(
        member=me,
        owner_id=person_id,
        act=lambda: taking_back.block_for_now(source=me, target_id=person_id),
    )
    words = _("Blocked {name}.").format(name=await name_of(person_id))
    back = next_path(request, path_to("home"))
    undo = _undo("people-unblock", request, person_id, _BLOCK, ended, _Groups(listed, encircled, mark))
    if is_on_profile(request):
        return await answer_on_profile(request, person_id, words, undo=undo, hides="author")
    return done(request, back, words, undo=undo, hides="author")


@methods("POST")
@signed_in
async def unblock(request: Request, person_id: int) -> HttpResponse:
    """Unblock. The Undo button of a block also restores the follows that it ended, and puts the other back into lists and circles."""
    ended, groups = _signed(request, person_id, _BLOCK, taking_back.Ended)
    before = ended or taking_back.Ended()
    if await taking_back.take_back_block(source=request.identity, target_id=person_id, ended=before):
        await _put_back(request, person_id, groups)
    words = _("Unblocked {name}.").format(name=await name_of(person_id))
    if is_on_profile(request):
        return await answer_on_profile(request, person_id, words)
    if is_htmx(request):
        return HttpResponse(status=204)
    return redirect_with_message(request, next_path(request, path_to("home")), words)


class _Groups(msgspec.Struct, frozen=True):
    """The user's lists and circles that a person leaves by an act, and the mark of the person's circles that the user leaves."""

    lists: list[int] = []
    circles: list[int] = []
    mark: int = 0


async def _put_back(request: Request, person_id: int, groups: _Groups) -> None:
    me = request.identity
    await lists.put_back(identity=me, member_id=person_id, list_ids=groups.lists)
    await circles.put_back(identity=me, member_id=person_id, circle_ids=groups.circles)
    await circles.come_back(member=me, owner_id=person_id, mark=groups.mark)


def _undo(
    name: str, request: Request, person_id: int, act: str, ended: msgspec.Struct | None, groups: _Groups
) -> str:
    """Return the path of the page `name` that takes back an act, with what the act ended, signed."""
    ends = [request.identity.pk, person_id, msgspec.to_builtins(ended), msgspec.to_builtins(groups)]
    return path_to(name, {"was": signing.dumps(ends, salt=act)}, person_id=person_id)


def _signed[T](request: Request, person_id: int, act: str, kind: type[T]) -> tuple[T | None, _Groups]:
    """Return what the act of which this is the Undo ended, and the groups; nothing if it is too old, or made up."""
    with suppress(signing.BadSignature, msgspec.ValidationError, ValueError):  # too old, or made up
        who, whom, ended, groups = signing.loads(request.GET.get("was", ""), salt=act, max_age=_UNDONE_FOR_S)
        if (who, whom) == (request.identity.pk, person_id):
            return msgspec.convert(ended, kind | None), msgspec.convert(groups, _Groups)
    return None, _Groups()


async def _people_page(
    request: Request, title: str, rows: list[tuple[int, int]], **more: Any
) -> HttpResponse:
    profiles = await load_profiles([identity_id for _, identity_id in rows])
    ids = [] if more.get("section") else [identity_id for _, identity_id in rows]
    context = {
        "relations": await relationships.relations_to(request.identity, ids),
        "title": title,
        "people": [profiles[identity_id] for _, identity_id in rows if identity_id in profiles],
        "older": rows[-1][0] if len(rows) >= PAGE_SIZE else None,
        **more,
    }
    return page(request, "people/people.html", context)


def _own_list(read: Callable[..., Awaitable[list[tuple[int, int]]]], title: str, **more: Any) -> View:
    @methods("GET")
    @signed_in
    async def show(request: Request) -> HttpResponse:
        rows = await read(request.identity.pk, max_id=query_number(request, "max_id"), limit=PAGE_SIZE)
        return await _people_page(request, title, rows, **more)

    return show


follow_requests = _own_list(
    relationships.follow_requests_of,
    gettext_lazy("Follow requests"),
    actions=[
        ("follow-requests-accept", gettext_lazy("Accept"), ""),
        ("follow-requests-reject", gettext_lazy("Reject"), "quiet"),
    ],
    empty=gettext_lazy("Nobody is waiting for your approval."),
)
blocks = _own_list(
    relationships.blocks_of,
    gettext_lazy("Blocked people"),
    actions=[("people-unblock", gettext_lazy("Unblock"), "quiet")],
    section="blocks",
    empty=gettext_lazy("You haven't blocked anyone."),
)
mutes = _own_list(
    relationships.mutes_of,
    gettext_lazy("Muted people"),
    actions=[("people-unmute", gettext_lazy("Unmute"), "quiet")],
    section="mutes",
    empty=gettext_lazy("You haven't muted anyone."),
)


def _list_of(read: Callable[..., Awaitable[list[tuple[int, int]]]], title: str, empty: str) -> View:
    @methods("GET")
    async def show(request: Request, handle: str) -> HttpResponse:
        identity = await identity_by_path(request, handle)
        hidden = identity.hides_follows and (request.identity is None or request.identity.pk != identity.pk)
        person = profile_of_identity(identity)
        max_id = query_number(request, "max_id")
        rows = [] if hidden or person.is_hidden else await read(identity.pk, max_id=max_id, limit=PAGE_SIZE)
        why = _("This person has chosen to hide this list.") if hidden else empty
        return await _people_page(request, title.format(name=person.display_name), rows, empty=why)

    return show


followers = _list_of(
    relationships.followers_of,
    gettext_lazy("Followers of {name}"),
    gettext_lazy("This server doesn't know of anyone."),
)
followed = _list_of(
    relationships.following_of,
    gettext_lazy("People followed by {name}"),
    gettext_lazy("This server doesn't know of anyone."),
)
