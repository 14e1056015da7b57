"""Events of domains, for the packages above."""

from core.events import Event
from users.domains.models import Domain

# (name), inside the transaction that creates the domain: a listener raises BadInput when the name is in use
on_domain_creating: Event[str] = Event("domain_wanted")
# in the worker, for a domain that is being removed: a listener removes a bounded batch of what belongs to it, and returns True if there
# is more
on_domain_emptied: Event[Domain] = Event("domain_emptied")
