"""The spelling of hashtags."""

from core.db import async_atomic, sql
from core.errors import Invalid, NotFound
from core.logs import get_logger
from core.texts import is_hashtag, normal_tag
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.logins.models import User
from users.logins.services.staff import require
from users.roles.models import Permission

log = get_logger(__name__)


@audited(Act.spell_hashtag)
async def respell(*, moderator: User, tag_id: int, display_name: str) -> None:
    """Change the display spelling of a hashtag to another spelling of the same name. For staff of the server. Raises NotFound."""
    wanted = display_name.strip().removeprefix("#")
    async with async_atomic():
        row = await sql.one(
            "SELECT name, display_name FROM activities_hashtag WHERE id = %s FOR UPDATE", [tag_id]
        )
        if row is None:
            raise NotFound
        name, before = row
        if wanted == before:  # apps send all fields
            return
        require(moderator, Permission.manage_taxonomies)
        if normal_tag(wanted) != name or not is_hashtag(wanted):
            raise Invalid("display_name", "other_hashtag")
        await sql.run("UPDATE activities_hashtag SET display_name = %s WHERE id = %s", [wanted, tag_id])
        await record(Act.spell_hashtag, Target("tag", tag_id, wanted), by=moderator.pk)
    log.info("moderation.hashtag_spelled", by=moderator.pk, hashtag=tag_id)
