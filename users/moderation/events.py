"""What moderation tells the rooms above it. Listeners run inside the transaction that made the event true."""

from core.events import Event
from users.moderation.models import Report

# (report), with its source and target loaded
on_report: Event[Report] = Event("report")
