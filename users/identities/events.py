"""Events of identities, for the packages above. Listeners run inside the transaction of the event.

Listeners of a deletion remove a bounded batch and return True if there is more: they are called again in another transaction.
"""

from core.events import Event
from users.identities.models import Identity

# (identity)
on_identity_created: Event[Identity] = Event("identity_created")
# fields of a local profile were saved, changed or not, or those of a remote one changed
on_fields_changed: Event[Identity] = Event("fields_changed")
on_identity_deleted: Event[Identity] = Event(
    "identity_deleted"
)  # local or remote; remove the data of the identity
