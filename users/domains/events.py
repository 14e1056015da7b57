"""Events of domains, for the packages above."""

from core.events import Event

# (name), before the domain is made and inside its transaction: a listener raises BadInput when the name is somebody else's
on_domain_wanted: Event[str] = Event("domain_wanted")
