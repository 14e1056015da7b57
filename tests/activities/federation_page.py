"""The generated parts of FEDERATION.md: the JSON-LD context, examples of what we send (from the functions that make documents), accepted
activities (from the registry) and examples of them (from the documents that tests send to the inbox).
"""

import datetime as dt
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from activities.approvals import activitypub as approvals
from activities.polls import activitypub as polls
from activities.posts.activitypub import activities, notes
from activities.posts.activitypub.post_for_delivery import (
    AttachmentForDelivery,
    MentionForDelivery,
    PostForDelivery,
)
from activities.posts.models import Interaction, InteractionPolicy, Visibility
from activities.quotes import activitypub as quotes
from activities.reactions.activitypub import reaction_document, undo_reaction_document
from activities.tags import activitypub as tags
from core.crypto.keys import multikey_pem
from core.texts import Handle, to_html
from federation import registry
from federation.documents import as_list
from federation.models import Dialect, Relay
from federation.relays import documents as relays
from users.collections import activitypub as collections
from users.collections.models import Collection, CollectionItem
from users.domains.models import Domain
from users.emojis.activitypub import EMOJI_CONTEXT, emoji_tag
from users.identities.activitypub import activities as profile_activities
from users.identities.activitypub.actor import actor_document
from users.identities.models import ActorKey, Identity, KeyUse
from users.identities.services.profiles import addresses_of
from users.moderation import activitypub as moderation_activities
from users.relations import activitypub as relation_activities
from users.relations.models import Block, Follow

_ROOT = Path(__file__).resolve().parents[2]
PAGE = _ROOT / "FEDERATION.md"
_RECEIVED = _ROOT / "tests" / "federation" / "documents" / "received_examples.json"
_THEN = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
_NAME_IN_CODE = re.compile(r"`\w*_\w*`")
_PROOF_KEY = ActorKey(
    use=KeyUse.assertion,
    key_id="https://example.com/users/ada#ed25519-1",
    public=multikey_pem("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"),
)
_EMOJI = {
    "shortcode": "bobbin",
    "url": "https://example.org/media/a.webp",
    "static_url": "https://example.org/media/a.png",
    "uri": "https://example.org/emojis/11",
    "updated": "2026-01-01T00:00:00Z",
}


def with_generated_parts(page: str) -> str:
    """Return the page with its generated parts as they should be."""
    for name, make in _PARTS:
        begin, end = f"<!-- generated: {name} -->\n", f"<!-- end of {name} -->"
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        page = f"{before}{begin}{make()}{end}{after}"
    return page


def _accepted() -> str:
    """Return the accepted activities, each described by the summary of its handler's docstring."""
    lines = ["| activity | of | what it does here |", "|---|---|---|"]
    by_handler: dict[tuple[str, Any], list[str]] = defaultdict(list)
    for (kind, object_type), handler in sorted(registry._handlers.items()):
        if kind not in registry.OWN_KINDS and not kind.startswith("Test"):
            by_handler[kind, handler].append(object_type or "anything else")
    for (kind, handler), object_types in by_handler.items():
        words = " ".join((handler.__doc__ or "").partition("\n\n")[0].split())
        assert not _NAME_IN_CODE.search(words), f"{handler.__name__}: implementers do not know our functions"
        lines.append(f"| {kind} | {', '.join(object_types)} | {words} |")
    return "\n".join(lines) + "\n"


def _context() -> str:
    """Return every term that our documents define, once. Asserts that no two define one differently."""
    links: list[str] = []
    terms: dict[str, Any] = {}
    for document in _documents().values():
        for part in as_list(document["@context"]):
            if isinstance(part, dict):
                assert all(terms.get(name, value) == value for name, value in part.items())
                terms |= part
            elif part not in links:
                links.append(part)
    return f"```json\n{_json({'@context': [*links, terms]})}\n```\n"


def _received() -> str:
    """Return the documents of test_received_examples.py."""
    return "\n".join(_folded(one["name"], one["document"]) for one in json.loads(_RECEIVED.read_text()))


def _sent() -> str:
    return "\n".join(_folded(name, document) for name, document in _documents().items())


def _folded(name: str, document: dict[str, Any]) -> str:
    """Return an example as a collapsed part of the page, with a long context left out."""
    if isinstance(document["@context"], list):
        document = {**document, "@context": "(as above)"}
    return f"<details><summary>{name}</summary>\n\n```json\n{_json(document)}\n```\n\n</details>\n"


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _documents() -> dict[str, dict[str, Any]]:
    """Return an example of everything we send, made by the functions that make it."""
    home = Domain(id=1, name="example.org", title="Example")
    addresses = addresses_of(home, "ada") | {"id": 1}
    ada = Identity(username="ada", host=home.name, domain=home, created_at=_THEN, **addresses)
    ada.name, ada.public_key = "Ada", "-----BEGIN PUBLIC KEY-----…"
    ada.summary_source = "Writes letters to @bob@far.example, about #lace. :bobbin:"
    bob = Identity(
        id=2, username="bob", host="far.example", uri="https://far.example/users/bob", created_at=_THEN
    )
    ada.summary = to_html(
        ada.summary_source,
        base_url=home.base_url,
        profile_urls={Handle("bob", "far.example"): "https://far.example/@bob"},
    )
    ada.emojis = [_EMOJI]
    known = {Handle("bob", "far.example"): bob.uri}
    follow, block = Follow(id=7, uri="", source=ada, target=bob), Block(id=8, uri="", source=ada, target=bob)
    asked = Follow(id=9, uri="https://far.example/follows/1", source=bob, target=ada)
    post = _post(ada)
    boost = _post(
        ada,
        uri=f"{ada.uri}/statuses/43",
        boost_of_uri="https://far.example/notes/5",
        boost_of_author_uri=bob.uri,
    )
    like = {
        "uri": f"{ada.uri}#likes/3",
        "actor_uri": ada.uri,
        "post_uri": "https://far.example/notes/5",
        "author_uri": bob.uri,
    }
    reacted = like | {"uri": f"{ada.uri}#reactions/4"}
    reaction = reaction_document(**reacted, name="bobbin", emoji=_EMOJI)
    question = _post(
        ada,
        type="Question",
        uri=f"{ada.uri}/statuses/44",
        attachments=(),
        question={
            "options": [{"title": "tea", "votes": 2}, {"title": "coffee", "votes": 1}],
            "multiple": False,
            "ends_at": (_THEN + dt.timedelta(days=1)).isoformat(),
            "closed_at": None,
            "voters": 3,
        },
    )
    stamp = quotes.stamp_uri(ada.uri, 45)
    asking = approvals.request_document(
        Interaction.quote, actor_uri=bob.uri, uri="https://far.example/notes/6", target_uri=post.uri
    )
    system = f"{home.base_url}/actor"
    relay = Relay(
        dialect=Dialect.actor, actor_uri="https://relay.example/actor", follow_uri=f"{system}#relays/2"
    )
    block_activity = relation_activities.block_document(block, ada, bob)
    return {
        "Person": actor_document(ada, home, known, [_PROOF_KEY]),
        "Create": activities.create_document(post),
        "Update (of a post)": activities.update_document(
            _post(ada, edited_at=_THEN + dt.timedelta(minutes=5))
        ),
        "Update (of a person)": profile_activities.update_document(ada, home, 2, known, [_PROOF_KEY]),
        "Delete (of a post)": activities.delete_document(post),
        "Delete (of a person)": profile_activities.delete_document(ada),
        "Move": profile_activities.move_document(ada, "https://far.example/users/ada", 2),
        "Announce": activities.announce_document(boost),
        "Undo (of Announce)": activities.undo_announce_document(boost),
        "Like": activities.like_document(**like),
        "Undo (of Like)": activities.undo_like_document(**like),
        "EmojiReact": reaction,
        "Undo (of EmojiReact)": undo_reaction_document(reaction),
        "Like (a reaction, for servers that know only likes)": reaction_document(
            **reacted, name="👍", is_like=True
        ),
        "Add (a pin)": activities.pin_document(pin_id=9, identity=ada, post_uri=post.uri),
        "Remove (a pin)": activities.unpin_document(pin_id=9, identity=ada, post_uri=post.uri),
        "Add (a featured hashtag)": tags.feature_document(
            row_id=9, identity=ada, name="birds", display_name="Birds"
        ),
        "Remove (a featured hashtag)": tags.unfeature_document(
            row_id=9, identity=ada, name="birds", display_name="Birds"
        ),
        "Follow": relation_activities.follow_document(follow, ada, bob),
        "Undo (of Follow)": relation_activities.undo_document(
            relation_activities.follow_document(follow, ada, bob)
        ),
        "Accept": relation_activities.accept_document(asked, bob, ada),
        "Reject": relation_activities.reject_document(asked, bob, ada),
        "Block": block_activity,
        "Undo (of Block)": relation_activities.undo_document(block_activity),
        "Update (how a poll stands)": polls.results_document(question, _THEN + dt.timedelta(hours=1)),
        "Create (a vote)": polls.vote_document(
            uri=f"{ada.uri}#votes/5",
            actor_uri=ada.uri,
            name="tea",
            question_uri="https://far.example/notes/7",
            to_uri=bob.uri,
        ),
        "Note (that quotes)": notes.note_document(
            _quoting(ada, "accepted", quote_approval_uri="https://far.example/users/bob/stamps/1")
        ),
        "QuoteRequest": approvals.request_document(
            Interaction.quote,
            actor_uri=ada.uri,
            uri=f"{ada.uri}/statuses/46",
            target_uri="https://far.example/notes/5",
            embedded=notes.note_document(_quoting(ada, "pending")),
        ),
        "Accept (of a QuoteRequest)": approvals.answer_document(
            Interaction.quote,
            answer="Accept",
            answer_id=f"{ada.uri}#accepts/quote_requests/45",
            actor_uri=ada.uri,
            request=asking,
            approval_uri=stamp,
        ),
        "Reject (of a QuoteRequest)": approvals.answer_document(
            Interaction.quote,
            answer="Reject",
            answer_id=f"{ada.uri}#rejects/quote_requests/45",
            actor_uri=ada.uri,
            request=asking,
        ),
        "QuoteAuthorization": approvals.approval_document(
            Interaction.quote,
            uri=stamp,
            author_uri=ada.uri,
            interacting_uri="https://far.example/notes/6",
            target_uri=post.uri,
        ),
        "Delete (of a QuoteAuthorization)": approvals.delete_approval_document(uri=stamp, author_uri=ada.uri),
        "ReplyRequest": approvals.request_document(
            Interaction.reply,
            actor_uri=ada.uri,
            uri=f"{ada.uri}/statuses/48",
            target_uri="https://far.example/notes/5",
        ),
        "Reject (of a reply, Like or Announce that came without a request)": approvals.rejection_document(
            reject_id=f"{ada.uri}#rejects/reply/49",
            actor_uri=ada.uri,
            recipient_uri=bob.uri,
            uri="https://far.example/notes/8",
        ),
        "Accept (of a LikeRequest)": approvals.answer_document(
            Interaction.like,
            answer="Accept",
            answer_id=f"{ada.uri}#accepts/like_requests/45",
            actor_uri=ada.uri,
            request={
                "id": "https://far.example/requests/7",
                "actor": bob.uri,
                "object": post.uri,
                "instrument": "https://far.example/likes/7",
            },
            approval_uri=approvals.approval_uri(ada.uri, 47),
        ),
        "LikeAuthorization": approvals.approval_document(
            Interaction.like,
            uri=approvals.approval_uri(ada.uri, 47),
            author_uri=ada.uri,
            interacting_uri="https://far.example/likes/7",
            target_uri=post.uri,
        ),
        "Note (a reply that was approved)": notes.note_document(
            _post(ada, approval_uri="https://far.example/approvals/1", attachments=())
        ),
        **_collection_documents(ada, bob),
        "Follow (of a relay, Mastodon's dialect)": relays.follow_document(
            Relay(dialect=Dialect.inbox, follow_uri=f"{system}#relays/1"), system
        ),
        "Follow (of a relay, LitePub's dialect)": relays.follow_document(relay, system),
        "Undo (of a Follow of a relay)": relays.undo_document(relay, system),
        "Accept (of a relay's Follow)": relays.accept_document(
            "https://relay.example/follows/1", relay.actor_uri, system
        ),
        "Announce (of a post, for relays of LitePub's dialect)": relays.announce_document(
            post.uri, system, _THEN.isoformat()
        ),
        "Emoji": {"@context": EMOJI_CONTEXT} | emoji_tag(_EMOJI),
        "Flag": moderation_activities.flag_document(
            f"{home.base_url}/actor", 7, bob.uri, ["https://far.example/notes/5"], "Adverts"
        ),
        "Tombstone": notes.tombstone_document(post.uri, _THEN),
    }


def _collection_documents(ada: Identity, bob: Identity) -> dict[str, dict[str, Any]]:
    """Return what is sent when Ada asks Bob to be in her collection, and when Bob asks Ada."""
    mine = Collection(
        id=50,
        owner=ada,
        uri=collections.collection_uri(ada, 50),
        name="Lacemakers",
        description="Who makes lace",
        language="en",
        tag="lace",
        created_at=_THEN,
        updated_at=_THEN,
    )
    bobs_stamp = "https://far.example/users/bob/stamps/2"
    item = CollectionItem(id=51, collection=mine, identity=bob, approval_uri=bobs_stamp)
    listed = collections.item_document(mine, item, bob)
    document = collections.collection_document(mine, ada, [listed])
    stamp = collections.stamp_document(
        uri=collections.stamp_uri(ada.uri, 52),
        collection_uri="https://far.example/users/bob/collections/1",
        person_uri=ada.uri,
    )
    answer = {
        "person": ada,
        "owner_uri": bob.uri,
        "request_id": "https://far.example/users/bob/feature_requests/1",
    }
    return {
        "FeaturedCollection": document,
        "Add (of a FeaturedCollection)": collections.add_collection_document(
            ada, {**document, "totalItems": 0, "orderedItems": []}, "1"
        ),
        "FeatureRequest": collections.request_document(ada, item.pk, mine, bob.uri),
        "Add (of a FeaturedItem)": collections.add_item_document(ada, mine, listed),
        "Update (of a FeaturedCollection)": collections.update_collection_document(ada, document, "2"),
        "Remove (of a FeaturedItem)": collections.remove_item_document(ada, mine, item.pk),
        "Remove (of a FeaturedCollection)": collections.remove_collection_document(ada, mine),
        "Accept (of a FeatureRequest)": collections.answer_document(
            kind="Accept", answer_id=f"{ada.uri}#accepts/feature_requests/52", stamp=stamp["id"], **answer
        ),
        "Reject (of a FeatureRequest)": collections.answer_document(
            kind="Reject", answer_id=f"{ada.uri}#rejects/feature_requests/53", **answer
        ),
        "FeatureAuthorization": stamp,
        "Delete (of a FeatureAuthorization)": collections.delete_stamp_document(person=ada, stamp=stamp),
    }


def _quoting(ada: Identity, state: str, **more: Any) -> PostForDelivery:
    return _post(
        ada,
        uri=f"{ada.uri}/statuses/46",
        quote_uri="https://far.example/notes/5",
        quote_state=state,
        quote_policy=InteractionPolicy.public,
        attachments=(),
        **more,
    )


def _post(author: Identity, **more: Any) -> PostForDelivery:
    values: dict[str, Any] = {
        "id": 42,
        "author_id": author.pk,
        "uri": f"{author.uri}/statuses/42",
        "url": f"{author.profile_url}/42",
        "author_uri": author.uri,
        "followers_url": author.followers_url,
        "following_url": author.following_url,
        "visibility": Visibility.public,
        "type": "Note",
        "created_at": _THEN,
    }
    if "boost_of_uri" not in more:
        words = '<p>Hello <a href="https://far.example/@bob">@bob</a>, a picture of <a href="https://example.org/tags/lace">#lace</a> :bobbin:</p>'
        values |= {
            "content": words,
            "language": "en",
            "mentions": (MentionForDelivery("https://far.example/users/bob", "bob@far.example"),),
            "tags": (("lace", "lace"),),
            "emojis": (_EMOJI,),
            "attachments": (
                AttachmentForDelivery(
                    "image/png", "https://example.org/media/1.png", "Lace", "LEHV6nWB2yk8", 800, 600
                ),
            ),
        }
    return PostForDelivery(**(values | more))


_PARTS = (("context", _context), ("accepted", _accepted), ("received", _received), ("sent", _sent))
