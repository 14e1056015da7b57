"""Events of collections, for the packages above. Listeners run inside the transaction of the event."""

from core.events import Event
from users.collections.models import Collection, CollectionItem

# (item, with its collection and the collection's owner): a local identity was added by another actor
on_added: Event[CollectionItem] = Event("added_to_collection")
# (item, with its collection): a local identity is no longer in it
on_left: Event[CollectionItem] = Event("left_collection")
# (collection, with its owner): its name or description changed
on_changed: Event[Collection] = Event("collection_changed")
