"""Following of imported addresses: each is looked up, fetched if necessary, and followed."""

from datetime import timedelta

from core.errors import BadInput, Gone, NotAllowed, NotFound, Problem
from core.http import FetchError
from stator import Outcome, failed, later, to
from users.identities.models import Identity, Restriction
from users.identities.services import remote_actors
from users.imports.models import FollowImport, FollowImportGraph
from users.logins.queries import may_act
from users.relations.services.following import follow

_AGAIN = timedelta(hours=3)


@FollowImportGraph.waiting.each(lease=timedelta(seconds=60), concurrency=4, fair_by="identity_id")
async def follow_address(row: FollowImport) -> Outcome:
    """Follow one address. Idempotent: an existing follow stays."""
    source = await Identity.objects.filter(pk=row.identity_id, deleted_at=None).afirst()
    if source is None or source.restriction == Restriction.suspended or not await may_act(source.pk):
        return failed("its person can't follow any more")
    try:
        target = await remote_actors.look_up(row.address)
        await follow(source=source, target_id=target.pk)
    except FetchError as error:
        if error.is_temporary or error.is_ours:
            return later(error.reason, after=_AGAIN, is_attempt=not error.is_ours)
        return await _refused(row, NotFound(code="not_found_at_address"))
    except (NotFound, Gone):
        return await _refused(row, NotFound(code="not_found_at_address"))
    except (BadInput, NotAllowed) as problem:
        return await _refused(row, problem)
    return to(FollowImportGraph.followed)


async def _refused(row: FollowImport, problem: Problem) -> Outcome:
    await FollowImport.objects.filter(pk=row.pk).aupdate(reason=problem.stored()[:500])
    return to(FollowImportGraph.refused)
