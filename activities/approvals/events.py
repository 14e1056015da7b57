"""Events of approvals, for the subjects above. Listeners run inside the transaction of the event."""

from activities.approvals.models import Approval
from core.events import Event

# (approval, with its identity, target, the target's author, and post): approval of a local author is requested
on_requested: Event[Approval] = Event("interaction_requested")
# (the same): the author approved; the interaction may be stored already, and the event may repeat
on_approved: Event[Approval] = Event("interaction_approved")
# (the same): the author refused, or revoked an approval
on_denied: Event[Approval] = Event("interaction_denied")
