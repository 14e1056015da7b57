"""Names in the sentences that tell what was done."""

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from users.identities.queries.profiles import load_profile

_MAX_LENGTH = 40


async def name_of(person_id: int) -> str:
    """Return the display name of a person, shortened for a toast."""
    person = await load_profile(person_id)
    if person is None:
        return _("this person")
    return Truncator(person.display_name).chars(_MAX_LENGTH)
