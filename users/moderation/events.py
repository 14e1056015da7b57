"""Events of moderation, for the packages above. Listeners run inside the transaction of the event."""

from core.events import Event
from users.moderation.models import AccountWarning, Report

# (report), with its source and target loaded
on_report: Event[Report] = Event("report")

# (warning), with its identity loaded: staff acted on a local identity
on_warning: Event[AccountWarning] = Event("warning")
# (host): staff decided about another server
on_policy_set: Event[str] = Event("policy_set")
# (warning): staff undo the act
on_warning_undone: Event[AccountWarning] = Event("warning_undone")
