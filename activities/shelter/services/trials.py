"""Starting the trial of a rule on the posts of the last week; the worker does it (activities/shelter/handlers.py)."""

from activities.shelter.models import RuleTrial, TrialGraph
from activities.shelter.queries.rules import rule_with_id
from activities.shelter.queries.trials import Tried, week
from core import clock
from core.db import async_atomic, sql
from stator.transitions import restart_request
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.logins.models import User
from users.logins.services.staff import require
from users.roles.models import Permission

_TRIALS = sql.table(RuleTrial)
_ANEW = ", ".join(
    f"{name} = excluded.{name}"
    for name in ("since", "before", "checked", "matches", "by_day", "by_author", "examples", "started_at")
)


@audited(Act.try_shelter_rule)
async def start_trial(*, moderator: User, rule_id: int) -> None:
    """Let the worker compare a rule with the last week, unless it is doing so. For staff of the whole server. Raises NotFound."""
    require(moderator, Permission.manage_federation)
    rule = await rule_with_id(rule_id)
    since, before = week()
    async with async_atomic():
        await sql.run(
            f"""INSERT INTO {_TRIALS} AS t (rule_id, since, before, checked, matches, by_day, by_author, examples, started_at,
                    state, state_due_at)
                SELECT id, %(since)s, %(before)s, 0, 0, '{{}}', '{{}}', '[]', %(now)s, %(running)s, now()
                FROM activities_shelterrule WHERE id = %(rule)s FOR KEY SHARE
                ON CONFLICT (rule_id) {restart_request(TrialGraph, "t", _ANEW)}""",
            {
                "rule": rule_id,
                "since": since,
                "before": before,
                "now": clock.now(),
                "running": TrialGraph.running.name,
            },
        )
        await record(Act.try_shelter_rule, Target("shelter_rule", rule_id, rule.name), by=moderator.pk)


async def keep_progress(trial: RuleTrial, tried: Tried, before: int) -> bool:
    """Store how far a trial is. Return False if the rule was changed or removed, or the trial started anew."""
    same = RuleTrial.objects.filter(pk=trial.pk, started_at=trial.started_at)
    return bool(
        await same.aupdate(
            before=before,
            checked=tried.checked,
            matches=tried.matches,
            by_day=tried.by_day,
            by_author=tried.by_author,
            examples=tried.examples,
        )
    )
