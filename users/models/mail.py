"""Mail that leaves: a row made in the transaction of whatever it is about, sent by the worker (users/handlers/mails.py).

Sent mails are deleted after an hour, those that were given up after three days.
"""

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now

from core.ids import new_id
from stator import Backoff, State, StateField, StatefulModel, StateGraph


class MailGraph(StateGraph):
    """The life of a mail."""

    max_attempts = None  # its own end says when it is too late
    backoff = Backoff(base=timedelta(seconds=30), cap=timedelta(hours=1))

    waiting = State(
        initial=True, doc="To be sent; again and again when the mail server is away or asks to come back."
    )
    sent = State(terminal=True, delete_after=timedelta(hours=1), doc="The mail server took it.")
    unaddressed = State(
        terminal=True,
        delete_after=timedelta(hours=1),
        doc="Asked for with an address that has no login. Made so that the answer takes as long as for a known one.",
    )
    obsolete = State(
        terminal=True,
        delete_after=timedelta(hours=1),
        doc="To staff, about things that were dealt with meanwhile.",
    )
    refused = State(
        terminal=True,
        failure=True,
        delete_after=timedelta(days=3),
        doc="The mail server will never take it, or it would come too late.",
    )

    waiting.to(sent)
    waiting.to(unaddressed)
    waiting.to(obsolete)
    waiting.to(refused)


class Mail(StatefulModel):
    """`recipient` is empty for a mail to nobody. `text` may hold a secret link: it is emptied when the mail has left."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    recipient = models.TextField()
    domain_id = models.BigIntegerField(null=True)  # whose mail it is; no key, as a mail outlives nothing
    # to staff: what kind of thing waits. The words are found when it leaves, as they say how many there are
    staff_about = models.TextField(default="", db_default="")
    subject = models.TextField()
    text = models.TextField()
    useless_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    state = StateField(MailGraph)

    class Meta:
        indexes = [
            models.Index(
                fields=["staff_about", "recipient"],
                name="users_mail_to_staff",
                condition=~models.Q(staff_about=""),
            )
        ]
