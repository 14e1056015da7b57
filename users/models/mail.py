"""A mail that the mail server would not take at first. Most mails never get a row: they leave at once (users/services/mailing.py)."""

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now

from core.ids import new_id
from stator import Backoff, State, StateField, StatefulModel, StateGraph


class MailGraph(StateGraph):
    """The life of a mail that was not taken."""

    max_attempts = None  # its own end says when it is too late
    backoff = Backoff(base=timedelta(seconds=30), cap=timedelta(hours=1))

    waiting = State(initial=True, doc="The mail server can't be reached or asks to come back.")
    sent = State(terminal=True, delete_after=timedelta(hours=1), doc="The mail server took it.")
    refused = State(
        terminal=True,
        failure=True,
        delete_after=timedelta(days=3),
        doc="The mail server will never take it, or it would come too late.",
    )

    waiting.to(sent)
    waiting.to(refused)


class Mail(StatefulModel):
    """`text` has a secret link in it: it is emptied when the mail has left, and of no use after `useless_at`."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    recipient = models.TextField()
    subject = models.TextField()
    text = models.TextField()
    useless_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    state = StateField(MailGraph)
