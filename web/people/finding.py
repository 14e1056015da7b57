"""Searching for accounts to add to a list or collection: by part of their name, or by their handle, which may be looked up on their server."""

from django.utils.translation import gettext as _

from activities.posts.models import Post
from activities.publishing.services import fetching, resolving
from activities.remote_profiles.services.looks import request_look
from core.asgi.request import Request
from core.errors import BadInput, Problem
from users.identities.models import Identity
from users.identities.queries.identities import by_uri
from users.identities.queries.profiles import Profile, load_profiles
from users.relations.queries.search import search_accounts
from web.error_messages import error_message

MAX_QUERY_LENGTH = 200
_FOUND = 10


def is_address(text: str) -> bool:
    """Return whether the text is a handle with a host, or a web address."""
    return is_web(text) or ("@" in text.lstrip("@") and " " not in text)


def is_web(text: str) -> bool:
    """Return whether the text is a web address."""
    return text.startswith(("https://", "http://"))


async def look_up(request: Request, text: str) -> Identity | Post | None:
    """Return the identity or post at an address. For anonymous visitors no other server is asked."""
    if request.identity is not None:
        found = await resolving.resolve_uri(text)
        if isinstance(found, Identity) and not found.is_local:
            await request_look(found.pk, found.uri)
        return found
    return (await by_uri(text) or await fetching.post_at(text)) if is_web(text) else None


async def people_named(request: Request, text: str) -> tuple[list[Profile], str]:
    """Return the matching accounts, and the error if a remote look-up failed."""
    ids, problem = [], ""
    if is_address(text):
        try:
            person = await look_up(request, text)
        except Problem as error:
            problem = error_message(error)
        else:
            ids = [person.pk] if isinstance(person, Identity) and person.deleted_at is None else []
    ids = list(dict.fromkeys([*ids, *await search_accounts(text, request.identity, _FOUND)]))
    people = await load_profiles(ids)
    found = [people[one] for one in ids if one in people]
    return [one for one in found if not one.is_on_blocked_host], problem


def chosen_person(request: Request) -> int:
    """Return the id in the form's `person`. Raises BadInput for anything else."""
    typed = request.POST.get("person", "")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 19):
        raise BadInput(_("Nobody was chosen."), status=400)
    return int(typed)
