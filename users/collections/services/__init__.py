"""Writes of collections."""

from users.collections.services.answering import (
    answer_request,
    receive_answer,
    receive_revocation,
    refuse_request,
)
from users.collections.services.editing import (
    MAX_DESCRIPTION_LENGTH,
    MAX_NAME_LENGTH,
    create_collection,
    delete_collection,
    edit_collection,
)
from users.collections.services.looking_up import look_up_collection
from users.collections.services.people import add_person, leave_collection, remove_person
from users.collections.services.remote import (
    accept_remote_person,
    add_remote_person,
    forget_remote_collection,
    remove_remote_person,
    set_remote_collections,
    store_remote_collection,
)
from users.collections.services.rows import COLLECTIONS, ITEMS, REMOTE_COLLECTIONS

__all__ = [
    "COLLECTIONS",
    "ITEMS",
    "MAX_DESCRIPTION_LENGTH",
    "MAX_NAME_LENGTH",
    "REMOTE_COLLECTIONS",
    "accept_remote_person",
    "add_person",
    "add_remote_person",
    "answer_request",
    "create_collection",
    "delete_collection",
    "edit_collection",
    "forget_remote_collection",
    "leave_collection",
    "look_up_collection",
    "receive_answer",
    "receive_revocation",
    "refuse_request",
    "remove_person",
    "remove_remote_person",
    "set_remote_collections",
    "store_remote_collection",
]
