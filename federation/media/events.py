"""Events of copies, for the packages above. Listeners run inside the transaction of the event."""

from core.events import Event
from federation.media.addresses import RequestedFile

# (file, SHA-256 in hexadecimal): a file of a post was copied
on_copied: Event[RequestedFile, str] = Event("file copied")
