"""Trials of rules on the posts of the last week, a few hundred posts at a time."""

from datetime import timedelta

from activities.shelter.models import RuleTrial, ShelterRule, TrialGraph
from activities.shelter.queries.trials import Tried, try_batch
from activities.shelter.services.trials import keep_progress
from stator import Outcome, later, to

_BATCHES = 5  # per turn
_SOON = timedelta(milliseconds=100)  # others take their turn in between


@TrialGraph.running.each(lease=timedelta(minutes=2), concurrency=1)
async def go_on(trial: RuleTrial) -> Outcome:
    """Compare the next thousand posts, and store the result so far: a worker that takes over goes on from there."""
    rule = await ShelterRule.objects.filter(pk=trial.pk).afirst()
    if rule is None:
        return to(TrialGraph.done)
    tried = Tried(trial.checked, trial.matches, trial.by_day, trial.by_author, trial.examples)
    before: int | None = trial.before
    for _ in range(_BATCHES):
        if before is not None:
            before = await try_batch(rule, tried, since=trial.since, before=before)
    await keep_progress(trial, tried, trial.since if before is None else before)
    if before is None:
        return to(TrialGraph.done)
    return later(f"{tried.checked} compared", after=_SOON, is_attempt=False)
