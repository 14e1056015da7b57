"""Preview cards: metadata of linked pages. One row per URL, shared by all posts; a periodic job deletes unused ones."""

from datetime import timedelta

from django.db import models

from stator import Backoff, State, StateField, StatefulModel, StateGraph, fair_index


class CardGraph(StateGraph):
    """The life of a card: the worker fetches the page, and again if it is linked much later."""

    title = "Link previews to fetch"
    max_attempts = 3
    backoff = Backoff(base=timedelta(minutes=5), cap=timedelta(hours=2))

    new = State(initial=True, doc="Waiting to be fetched.")
    resolving = State(doc="The page is a post on another server, which is being fetched.")
    fetched = State(resting=True, doc="Shown below the posts that link it.")
    empty = State(resting=True, doc="The page has nothing to show.")
    failed = State(terminal=True, failure=True, doc="The page could not be fetched; the reason is recorded.")

    new.to(resolving)
    resolving.to(fetched)
    resolving.to(empty)
    resolving.to(failed)
    new.to(fetched)
    new.to(empty)
    new.to(failed)
    fetched.to(new)
    empty.to(new)
    failed.to(new)


class PreviewCard(StatefulModel):
    """A card. All fields are plain text except `html`, which is empty or an iframe with an https URL."""

    url = models.CharField(max_length=2048, unique=True)
    host = models.CharField(max_length=255, default="")
    type = models.CharField(max_length=10, default="link")  # link, photo, video, rich
    title = models.TextField(default="")
    description = models.TextField(default="")
    language = models.CharField(max_length=35, default="")
    author_name = models.CharField(max_length=200, default="")
    author_url = models.CharField(max_length=2048, default="")
    provider_name = models.CharField(max_length=200, default="")
    provider_url = models.CharField(max_length=2048, default="")
    html = models.TextField(default="")
    embed_url = models.CharField(max_length=2048, default="")
    width = models.IntegerField(default=0)
    height = models.IntegerField(default=0)
    image_url = models.CharField(max_length=2048, default="")
    image_description = models.TextField(default="")
    published_at = models.DateTimeField(null=True)
    # the ActivityPub document linked by the page, and its post: no foreign key, a deleted post is just not linked
    document_url = models.CharField(max_length=2048, default="", db_default="")
    post_id = models.BigIntegerField(null=True)
    # the author stated by the page: no foreign key; shown if they allow that site (attribution_domains)
    creator_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    fetched_at = models.DateTimeField(null=True)

    state = StateField(CardGraph)

    class Meta:
        indexes = [
            fair_index("host", name="activities_card_host_due"),
        ]
