"""Setting the rule by which a user's old posts are deleted."""

from activities.old_posts.models import AGES_DAYS, OldPosts, OldPostsGraph
from core.db import async_atomic, delete_batch, sql
from core.errors import Invalid
from stator import transition
from users.identities import events
from users.identities.models import Identity

_RULES = sql.table(OldPosts)


_MOST = 2**31 - 1  # of an integer in Postgres


def _is_least(number: int | None) -> bool:
    """Return whether this is a valid minimum number of likes or boosts; None means no exception."""
    return number is None or 1 <= number <= _MOST


async def set_rule(rule: OldPosts, *, is_on: bool) -> None:
    """Store a rule and turn it on or off; the worker starts over with the oldest post. Raises Invalid."""
    if rule.days not in AGES_DAYS:
        raise Invalid("days", "option_out_of_bounds", name="days", least=AGES_DAYS[0], most=AGES_DAYS[-1])
    if not _is_least(rule.least_likes):
        raise Invalid("least_likes", "option_out_of_bounds", name="least_likes", least=1, most=_MOST)
    if not _is_least(rule.least_boosts):
        raise Invalid("least_boosts", "option_out_of_bounds", name="least_boosts", least=1, most=_MOST)
    columns = [
        field.attname
        for field in OldPosts._meta.concrete_fields
        if not field.primary_key and not field.attname.startswith("state")
    ]
    rule.looked_to = 0
    async with async_atomic():
        await OldPosts.objects.aupdate_or_create(
            identity_id=rule.identity_id, defaults={name: getattr(rule, name) for name in columns}
        )
        stored = await OldPosts.objects.aget(identity=rule.identity_id)
        await transition(stored, OldPostsGraph.removing if is_on else OldPostsGraph.off)


@events.on_identity_deleted
async def delete_rule_of(identity: Identity) -> bool:
    """Delete the rule of an identity; return whether there are more."""
    return await delete_batch(_RULES, "identity_id = %(who)s", {"who": identity.pk})
