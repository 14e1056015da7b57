"""Reports to the moderators (docs.joinmastodon.org/methods/reports)."""

from typing import Annotated, Literal

import msgspec

from activities.reports import services as reports
from api.entities.report import Report, report
from api.parameters import WIDENS_AUDIENCE, Id, Length
from api.people import profile_for
from api.routing import Call, endpoint


class NewReport(msgspec.Struct):
    """A new report. `rule_ids` make it a violation, whatever `category` says."""

    account_id: Id
    status_ids: list[Id] = []
    collection_ids: list[Id] = []
    comment: Annotated[str, Length(reports.MAX_COMMENT_LENGTH)] = ""
    forward: Annotated[bool, WIDENS_AUDIENCE] = False
    category: Literal["spam", "legal", "violation", "other"] = "other"
    rule_ids: list[str] = []


@endpoint("POST", "/api/v1/reports", scope="write:reports", auth="user")
async def make_report(call: Call, new: NewReport) -> Report:
    """Report an account to the moderators; with `forward` also to those of its server."""
    target = await profile_for(call, new.account_id)
    made = await reports.report(
        source=call.me,
        target_id=target.id,
        post_ids=new.status_ids,
        collection_ids=new.collection_ids,
        comment=new.comment,
        category=new.category,
        rule_ids=new.rule_ids,
        forward=new.forward,
    )
    return report(made, target, call.domain)
