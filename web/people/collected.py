"""The members of the user's own collections: editing them, adding an account from its profile, and leaving others' collections."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from activities.remote_profiles.services.looks import request_look
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import BadInput, NotFound
from core.pages.addresses import path_to
from users.collections import queries, services
from users.collections.models import CollectionItem, ItemState
from users.collections.queries import CollectionView
from users.identities.queries.profiles import Profile, load_profile
from web.error_messages import add_error
from web.pages import next_path, page, redirect_with_message, signed_in
from web.people.collections import CollectionForm, cards_by, members_of
from web.people.finding import chosen_person
from web.people.members import Found, Member, people_found


@methods("GET", "POST")
@signed_in
async def edit(request: Request, collection_id: int) -> HttpResponse:
    """Change the user's own collection, list its members and search for accounts to add."""
    view = await queries.own_collection(request.identity, collection_id)
    collection = view.collection
    start = {
        "collection_name": collection.name,
        "collection_description": collection.description,
        "tag": f"#{collection.tag}" if collection.tag else "",
        "language": collection.language,
        "is_discoverable": collection.is_discoverable,
        "is_sensitive": collection.is_sensitive,
    }
    form = CollectionForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            await services.edit_collection(
                owner=request.identity, collection_id=collection_id, **form.wanted()
            )
        except BadInput as problem:
            add_error(form, problem, otherwise="collection_name")
        else:
            path = path_to("collection", collection_id=collection_id)
            return redirect_with_message(request, path, _("Collection saved."))
    context = {
        "form": form,
        "collection": collection,
        "most": services.ITEMS,
        "name": collection.name,
        "page_path": path_to("collections-edit", collection_id=collection_id),
        "add_path": path_to("collections-add", collection_id=collection_id),
        "delete_path": path_to("collections-delete", collection_id=collection_id),
        "members": [
            Member(one.person, _remove_path(one.item), one.item.state)
            for one in await members_of(view, request.identity)
        ],
        **await people_found(request, lambda people: _judged(request, view, people)),
    }
    return page(request, "people/collections/edit.html", context, status=422 if form.errors else 200)


def _remove_path(item: CollectionItem) -> str:
    return path_to("collections-remove", collection_id=item.collection_id, item_id=item.pk)


async def _judged(request: Request, view: CollectionView, people: list[Profile]) -> list[Found]:
    inside = {item.identity_id for item in view.items}
    return [
        Found(one, one.id in inside, may_be_added=one.may_be_featured or one.id == request.identity.pk)
        for one in people
    ]


@methods("POST")
@signed_in
async def add(request: Request, collection_id: int) -> HttpResponse:
    """Add an account; remote ones become members once they consent."""
    item = await services.add_person(
        owner=request.identity, collection_id=collection_id, person_id=chosen_person(request)
    )
    words = _("Added to the collection.")
    if item.state == ItemState.pending:
        words = _("Their server was asked. They will be in the collection once it confirms that they agree.")
    back = path_to("collections-edit", collection_id=collection_id)
    return redirect_with_message(request, next_path(request, back), words)


@methods("POST")
@signed_in
async def remove(request: Request, collection_id: int, item_id: int) -> HttpResponse:
    await services.remove_person(owner=request.identity, collection_id=collection_id, item_id=item_id)
    back = path_to("collections-edit", collection_id=collection_id)
    return redirect_with_message(request, next_path(request, back), _("Removed from the collection."))


@methods("POST")
@signed_in
async def leave(request: Request, collection_id: int) -> HttpResponse:
    """Remove the user from another's collection. The owner can't add them to it again."""
    item = await CollectionItem.objects.filter(collection=collection_id, identity=request.identity).afirst()
    if item is None:
        raise NotFound
    await services.leave_collection(person=request.identity, collection_id=collection_id, item_id=item.pk)
    words = _("You left the collection. Its owner can't add you to it again.")
    return redirect_with_message(request, next_path(request, path_to("collections")), words)


@methods("GET")
@signed_in
async def of_person(request: Request, person_id: int) -> HttpResponse:
    """Show which of the user's collections contain an account."""
    person = await load_profile(person_id)
    if person is None or person.is_deleted:
        raise NotFound(_("There is nobody with this name whom you can add to a collection."))
    if not person.is_local:
        await request_look(person.id, person.uri)
    cards = await cards_by(request.identity.pk, request.identity)
    context = {
        "person": person,
        "rows": [(card.view.collection, card.view.item_of(person_id)) for card in cards],
    }
    return page(request, "people/collections/of_person.html", context)
