"""A follow from here is a look, too."""

from activities.remote_profiles.services.looks import request_look
from users.identities.models import Identity
from users.relations import events


@events.on_follow
async def look_at_followed(source: Identity, target: Identity) -> None:
    if source.is_local and not target.is_local:
        await request_look(target.pk, target.uri)
