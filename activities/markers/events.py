"""Events of markers, for the packages above."""

from core.events import Event
from users.identities.models import Identity

on_notifications_read: Event[Identity] = Event("notifications_read")
