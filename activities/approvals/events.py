"""Events of approvals, for the subjects above. Listeners run inside the transaction of the event."""

from activities.approvals.models import Approval
from core.events import Event

# (approval, with its identity, target, the target's author, and post): somebody asks a person here
on_requested: Event[Approval] = Event("interaction_requested")
# (the same): the author of the post said yes; it may have been stored before, and come twice
on_approved: Event[Approval] = Event("interaction_approved")
# (the same): the author said no, or took back what they said
on_denied: Event[Approval] = Event("interaction_denied")
