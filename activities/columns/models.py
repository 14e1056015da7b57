"""The columns of a deck of timelines: at most ten per identity, in display order."""

from enum import StrEnum

from django.db import models

from core.db import Model
from users.identities.models import Identity


class ColumnKind(StrEnum):
    """The source of a column's rows. Lists, hashtags and profiles need a target; the others exist once."""

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
    """The columns of an identity. `columns` is JSON of `queries.Column`, from left to right. Numbers are never reused, so that an
    outdated page can't change another column.
    """

    identity = models.OneToOneField(Identity, on_delete=models.CASCADE, primary_key=True, related_name="+")
    columns = models.JSONField()
    next_number = models.IntegerField()
