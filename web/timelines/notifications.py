"""The notifications of the signed-in user: likes and boosts of one post, and follows, in groups."""

from collections.abc import Mapping

import msgspec
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.filters.models import FilterContext
from activities.filters.queries import apply_filters
from activities.notifications.models import NotificationKind
from activities.notifications.queries import groups as reads
from activities.notifications.queries import requests
from activities.notifications.queries.groups import GroupView
from activities.notifications.queries.notifications import Choice, count_newer, newest_until
from activities.notifications.services import notify as notify_
from activities.notifications.services.policy import dismiss_group
from activities.posts.queries.views import PostView, ReactionView
from activities.reactions.queries import reactions_by
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.pages.addresses import path_to
from users.collections.queries import CollectionView, collections_by_ids
from users.identities.queries.profiles import Profile, load_profiles
from users.relations.queries.relationships import Relationship, relations_to
from web.pages import add_toast, is_htmx, next_path, page, redirect_with_message, signed_in
from web.paging import PAGE_SIZE, requested_page
from web.timelines.places import read_number, seen_place

_ONLY_A_POST = frozenset({"mention", "status"})
FACES = 5
_NAMED = 2
_MOST_COUNTED = 100

# name in the URL: (label, kinds)
CHIPS: dict[str, tuple[str, tuple[NotificationKind, ...]]] = {
    "": (gettext_lazy("All"), ()),
    "mentions": (gettext_lazy("Mentions"), (NotificationKind.mention,)),
    "follows": (gettext_lazy("Follows"), (NotificationKind.follow, NotificationKind.follow_request)),
    "boosts": (gettext_lazy("Boosts"), (NotificationKind.reblog, NotificationKind.quote)),
    "likes": (gettext_lazy("Likes"), (NotificationKind.favourite,)),
    "polls": (gettext_lazy("Polls"), (NotificationKind.poll,)),
}


class GroupShown(msgspec.Struct):
    """A group with the contents of its row: up to five accounts, newest first, of which two are named."""

    kind: str
    group: GroupView
    people: list[Profile]
    post: PostView | None
    collection: CollectionView | None
    is_unread: bool
    relations: Mapping[int, Relationship]  # with the only follower of a row
    reactions: list[ReactionView] = []  # that replaced or accompany the likes of a row
    is_reaction: bool = False  # none of the accounts liked the post

    @property
    def text_kind(self) -> str:
        """The kind that names the icon and the text: reactions have their own, but are likes in the API."""
        return "reaction" if self.is_reaction else self.kind

    @property
    def actor(self) -> Profile:
        return self.people[0]

    @property
    def named(self) -> list[Profile]:
        """Return the accounts to name: all if there are few enough to avoid "1 other"."""
        return self.people[: _NAMED + 1 if self.group.count == _NAMED + 1 else _NAMED]

    @property
    def others(self) -> int:
        return max(0, self.group.count - len(self.named))


@methods("GET")
@signed_in
async def notifications(request: Request) -> HttpResponse:
    show = request.GET.get("show", "")
    show = show if show in CHIPS else ""
    kinds = [kind.value for kind in CHIPS[show][1]]
    found = await reads.groups(request.identity, requested_page(request), Choice(kinds))
    place = seen_place(request, [group.newest_id for group in found])
    shown = await groups_shown(request, found, place.get("seen"))
    if place.get("reads") and not shown and found:
        await see(request, found[0].newest_id)  # filters hide all of them, so nothing can become visible
    context = {
        "notifications": shown,
        "show": show,
        "waiting": await requests.what_waits(request.identity),
        "chips": [(name, words) for name, (words, _) in CHIPS.items()],
        "older": found[-1].newest_id if len(found) >= PAGE_SIZE else None,
        "newest": found[0].newest_id if found else 0,
        **place,
        "query": "&".join(filter(None, (f"show={show}" if show else "", place.get("query", "")))),
    }
    return page(request, "timelines/notifications.html", context)


async def see(request: Request, newest_id: int) -> None:
    """Record that the notifications up to this one were seen, and reset the count in the navigation."""
    if (request.seen_notification or 0) < newest_id:
        await notify_.mark_seen(identity=request.identity, notification_id=newest_id)
        request.unread_notifications = 0


@methods("GET", "POST")
@signed_in
async def read(request: Request) -> HttpResponse:
    """Record up to where notifications were read, and return how many are newer: requested by a picture in pages without scripts, posted
    by scripts.
    """
    until = await newest_until(request.identity, read_number(request, "notification"))
    seen = await notify_.mark_seen(identity=request.identity, notification_id=until)
    return _unread(await count_newer(request.identity, seen, limit=_MOST_COUNTED))


@methods("GET")
@signed_in
async def unread(request: Request) -> HttpResponse:
    """Return how many are unread, for a page that was open while they were read elsewhere (static/js/app/app.js)."""
    # a page of another identity may ask, after somebody switched in another tab
    return _unread(request.unread_notifications, identity=str(request.identity.pk))


def _unread(count: int, **facts: str) -> HttpResponse:
    return JsonResponse({"unread": count} | facts, headers={"Cache-Control": "private, no-store"})


@methods("POST")
@signed_in
async def read_all(request: Request) -> HttpResponse:
    """Mark all notifications as read that existed when the page was rendered."""
    until = await newest_until(request.identity, read_number(request, "notification"))
    await notify_.mark_seen(identity=request.identity, notification_id=until)
    return redirect_with_message(
        request, path_to("notifications"), _("All notifications are marked as read.")
    )


async def groups_shown(request: Request, found: list[GroupView], seen: int | None) -> list[GroupShown]:
    """Return the groups with accounts, posts and collections; those whose post the reader's filters hide are left out."""
    viewer = request.identity
    posts = await apply_filters(await reads.posts_of(found, viewer), viewer, FilterContext.notifications)
    kept: Mapping[int, PostView] = {post.id: post for post in posts}
    people = await load_profiles({who for group in found for who in group.actor_ids[:FACES]})
    relations = await relations_to(
        viewer, [one.actor_ids[0] for one in found if one.kind == "follow" and one.count == 1]
    )
    liked = [group for group in found if group.kind == NotificationKind.favourite and group.post_id in kept]
    reacted = await reactions_by(
        [who for group in liked for who in group.actor_ids[:FACES]], [group.post_id or 0 for group in liked]
    )
    collections = await collections_by_ids(
        {group.collection_id for group in found if group.collection_id is not None}, viewer
    )
    rows = []
    for group in found:
        post = kept.get(group.post_id or 0)
        if post is None and (group.post_id is not None or group.kind in _ONLY_A_POST):
            continue
        faces = [people[who] for who in group.actor_ids[:FACES] if who in people]
        collection = collections.get(group.collection_id or 0)
        is_unread = seen is not None and group.newest_id > seen
        if faces:
            own = relations if group.kind == "follow" and group.count == 1 else {}
            row = GroupShown(group.kind, group, faces, post, collection, is_unread, own)
            if post is not None and group.kind == NotificationKind.favourite:
                row.reactions, row.is_reaction = _reactions_in(group, post, reacted.get(post.id, {}))
            rows.append(row)
    return rows


def _reactions_in(
    group: GroupView, post: PostView, by: Mapping[int, list[tuple[str, str]]]
) -> tuple[list[ReactionView], bool]:
    """Return the emoji that the accounts of a row reacted with, and whether all of them did instead of liking.

    A like and a reaction of one account make one notification (activities/notifications/listeners.py).
    """
    seen = group.actor_ids[:FACES]
    names = {name for who in seen for name in by.get(who, [])}
    emoji = [one for one in post.shown.reactions if (one.name, one.host) in names]
    return emoji, group.count == len(seen) and all(who in by for who in seen)


@methods("POST")
@signed_in
async def dismiss(request: Request) -> HttpResponse:
    """Delete one group of notifications: what the page shows as a row. Raises NotFound for an invalid key."""
    await dismiss_group(identity=request.identity, key=request.POST.get("group", ""))
    said = _("Notification dismissed.")
    if not is_htmx(request):
        return redirect_with_message(request, next_path(request, path_to("notifications")), said)
    response = HttpResponse()
    add_toast(response, said)
    return response


@methods("POST")
@signed_in
async def clear(request: Request) -> HttpResponse:
    await notify_.dismiss(identity_id=request.identity.pk)
    return redirect_with_message(request, path_to("notifications"), _("Notifications cleared."))
