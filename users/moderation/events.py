"""Events of moderation, for the packages above. Listeners run inside the transaction of the event."""

from core.events import Event
from users.moderation.models import Report

# (report), with its source and target loaded
on_report: Event[Report] = Event("report")
