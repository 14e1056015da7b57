"""Collections: their pages, the user's own ones, creating, editing and deleting them."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.remote_profiles.services.looks import request_look
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotFound
from core.pages.addresses import path_to
from federation.negotiation import wants_activitypub
from users.collections import queries, services
from users.collections.activitypub import page_url
from users.collections.models import Collection, CollectionItem
from users.collections.queries import CollectionView
from users.identities.models import Identity
from users.identities.queries.profiles import Profile, load_profiles
from users.relations.queries.relationships import Relationship, relationships
from web.idempotency import IdempotentForm, create_from
from web.languages import LANGUAGE_CHOICES
from web.pages import page, redirect_with_message, signed_in

_FACES = 5  # avatars per collection in a list
_LISTED = 40


@dataclass(frozen=True)
class Member:
    """A member of a collection, as the viewer sees them."""

    item: CollectionItem
    person: Profile
    relationship: Relationship | None


@dataclass(frozen=True)
class Card:
    """A collection in a list, with some of its members' avatars."""

    view: CollectionView
    owner: Profile
    faces: list[Profile]


class CollectionForm(forms.Form):
    collection_name = forms.CharField(label=gettext_lazy("Name"), max_length=services.MAX_NAME_LENGTH)
    collection_description = forms.CharField(
        label=gettext_lazy("Description"), max_length=services.MAX_DESCRIPTION_LENGTH, required=False
    )
    tag = forms.CharField(label=gettext_lazy("Topic, as a hashtag"), max_length=100, required=False)
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=[("", gettext_lazy("None in particular")), *LANGUAGE_CHOICES[1:]],
        required=False,
    )
    is_discoverable = forms.BooleanField(
        label=gettext_lazy("Show it on my profile, and tell my followers' servers about it"),
        required=False,
        initial=True,
    )
    is_sensitive = forms.BooleanField(
        label=gettext_lazy("Sensitive: the people in it are shown after a click"), required=False
    )

    def wanted(self) -> dict[str, Any]:
        """Return the values of a valid form as arguments of the services."""
        return {
            name.removeprefix("collection_"): self.cleaned_data[name] for name in CollectionForm.base_fields
        }


class NewCollectionForm(IdempotentForm, CollectionForm):
    pass


async def cards_of(views: list[CollectionView]) -> list[Card]:
    """Load the owners and some members of collections, in one query."""
    shown = [(view, [item.identity_id for item in view.items[:_FACES]]) for view in views]
    ids = {one for view, faces in shown for one in (view.collection.owner_id, *faces)}
    people = await load_profiles(ids)
    return [
        Card(view, people[view.collection.owner_id], [people[one] for one in faces if one in people])
        for view, faces in shown
        if view.collection.owner_id in people
    ]


async def cards_by(owner_id: int, viewer: Identity | None) -> list[Card]:
    return await cards_of(await queries.collections_of(owner_id, viewer, limit=_LISTED, offset=0))


async def members_of(view: CollectionView, viewer: Identity | None) -> list[Member]:
    """Load the members of a collection, and the viewer's relationships with them."""
    ids = [item.identity_id for item in view.items]
    people = await load_profiles(ids)
    between = [] if viewer is None else await relationships(viewer, ids)
    known = {one.id: one for one in between}
    return [
        Member(item, people[item.identity_id], known.get(item.identity_id))
        for item in view.items
        if item.identity_id in people
    ]


@methods("GET", "POST")
@signed_in
async def collections(request: Request) -> HttpResponse:
    """Show the user's own collections and those that contain them, and create one."""
    form = NewCollectionForm(request.POST or None)
    made_id = await create_from(
        request, form, Collection, lambda row_id: _make(request, form, row_id), otherwise="collection_name"
    )
    if made_id:
        path = path_to("collections-edit", collection_id=made_id)
        return redirect_with_message(request, path, _("Collection created. Now add people."))
    me = request.identity
    within = await queries.collections_with(me.pk, me, limit=_LISTED, offset=0)
    context = {
        "form": form,
        "own": await cards_by(me.pk, me),
        "within": await cards_of([view for view in within if view.collection.owner_id != me.pk]),
        "most": services.COLLECTIONS,
    }
    status = 422 if form.errors else 200
    return page(request, "people/collections/collections.html", context, status=status)


async def _make(request: Request, form: NewCollectionForm, row_id: int | None) -> int:
    made = await services.create_collection(owner=request.identity, row_id=row_id, **form.wanted())
    return int(made.pk)


@methods("GET")
async def show(request: Request, collection_id: int) -> HttpResponse:
    """Show a collection with its members. Requests for its document are redirected there."""
    viewer = request.identity
    try:
        view = await queries.collection_seen(viewer, collection_id)
    except NotFound as error:
        raise NotFound(_("There is no such collection, or it was deleted.")) from error
    collection, owner = view.collection, view.collection.owner
    if owner.is_local and wants_activitypub(request):
        return HttpResponse(status=302, headers={"Location": collection.uri, "Vary": "Accept"})
    if viewer is not None and not owner.is_local:
        await request_look(owner.pk, owner.uri)
    context = {
        "collection": collection,
        "owner": (await load_profiles([owner.pk]))[owner.pk],
        "members": await members_of(view, viewer),
        "mine": view.item_of(viewer.pk) if viewer is not None else None,
        "is_own": viewer is not None and viewer.pk == owner.pk,
        "address": page_url(collection, owner),
        "base_path": path_to("collection", collection_id=collection_id),
    }
    return page(request, "people/collections/collection.html", context)


@methods("POST")
@signed_in
async def delete(request: Request, collection_id: int) -> HttpResponse:
    await services.delete_collection(owner=request.identity, collection_id=collection_id)
    return redirect_with_message(request, path_to("collections"), _("Collection deleted."))
