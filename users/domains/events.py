"""Events of domains, for the packages above."""

from core.events import Event

# (name), inside the transaction that creates the domain: a listener raises BadInput when the name is in use
on_domain_creating: Event[str] = Event("domain_wanted")
