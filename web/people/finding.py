"""Finding people to add to something of one's own: by a part of their name, or by their address, which may ask their server."""

from django.utils.translation import gettext as _

from core.asgi.request import Request
from core.errors import BadInput, Problem
from users.identities.models import Identity
from users.identities.queries.profiles import Profile, load_profiles
from users.relations.queries.search import search_accounts
from web.error_messages import error_message
from web.search import is_address, look_up

MAX_QUERY_LENGTH = 200
_FOUND = 10


async def people_named(request: Request, text: str) -> tuple[list[Profile], str]:
    """Return the people whom somebody looks for, and what went wrong where another server was asked."""
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
    return [people[one] for one in ids if one in people], problem


def chosen_person(request: Request) -> int:
    """Return the id in `person` of the form. Raises BadInput for anything else."""
    typed = request.POST.get("person", "")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 19):
        raise BadInput(_("Nobody was chosen."), status=400)
    return int(typed)
