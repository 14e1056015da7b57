"""Events of collections, for the packages above. Listeners run inside the transaction of the event."""

from core.events import Event
from users.collections.models import Collection, CollectionItem

# (item, with its collection and that's owner): somebody here was added by somebody else
on_added: Event[CollectionItem] = Event("added_to_collection")
# (item, with its collection): somebody here is no longer in it
on_left: Event[CollectionItem] = Event("left_collection")
# (collection, with its owner): what it is called or says of itself was changed
on_changed: Event[Collection] = Event("collection_changed")
