"""The columns that somebody reads side by side: at most ten an identity, in the order in which they stand."""

from enum import StrEnum

from django.db import models

from core.db import Model
from users.identities.models import Identity


class ColumnKind(StrEnum):
    """The source of a column's rows. A list, a hashtag and a person have a target, the others are there once."""

    home = "home"
    notifications = "notifications"
    messages = "messages"
    local = "local"
    federated = "federated"
    bookmarks = "bookmarks"
    likes = "likes"
    list = "list"
    hashtag = "hashtag"
    person = "person"


class ColumnWidth(StrEnum):
    narrow = "narrow"
    normal = "normal"
    wide = "wide"


class Deck(Model):
    """`columns` are JSON of `queries.Column`, from the left to the right. Numbers are never given twice, so that a page of before changes no other column."""

    identity = models.OneToOneField(Identity, on_delete=models.CASCADE, primary_key=True, related_name="+")
    columns = models.JSONField()
    next_number = models.IntegerField()
