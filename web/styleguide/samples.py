"""Sample accounts, posts and notifications of the style guide, one of each state. None is in the database."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from activities.notifications.queries.groups import GroupView
from activities.posts.models import Visibility
from activities.posts.queries.views import (
    AttachmentView,
    CardView,
    CircleView,
    PostView,
    QuestionOption,
    QuestionView,
    ReactionView,
)
from core import clock
from core.pages.static_files import assets
from users.identities.queries.profiles import Profile, ProfileField
from users.relations.queries.relationships import Relationship
from web.timelines.notifications import GroupShown

_HOST = "far.test"
_PEOPLE, _POSTS, _TAGS = "https://far.test/users/", "https://far.test/statuses/", "https://far.test/tags/"
_TYPES = {"image": "image/png", "audio": "audio/mpeg", "video": "video/mp4"}
_ALWAYS = dt.datetime(2024, 2, 3, 4, 5, tzinfo=dt.UTC)
TEXT = "The tide is out, and the herons are walking where the boats were."
_CONTENT = f"<p>{TEXT}</p>"
_EVERYONE = 1  # InteractionPolicy.public


def person(number: int, name: str, **changes: Any) -> Profile:
    """Make a remote account."""
    username = changes.pop("username", name.split()[0].lower())
    uri = f"{_PEOPLE}{username}"
    values: dict[str, Any] = {
        "username": username, "host": _HOST, "is_local": False, "uri": uri, "profile_url": uri, "actor_type": "Person", "summary": "",
        "fields": [], "emojis": [], "icon_url": "", "icon_description": "", "image_url": "", "image_description": "",
        "approves_followers": False, "is_discoverable": True, "is_indexable": True, "hides_follows": False, "moved_to_uri": "",
        "restriction": 0, "posts_count": 1, "followers_count": 1, "following_count": 2, "last_post_at": _ALWAYS, "created_at": _ALWAYS,
        "is_deleted": False, **changes,
    }  # fmt: skip
    return Profile(id=number, name=name, **values)


def post(number: int, author: Profile, content: str = _CONTENT, **changes: Any) -> PostView:
    """Make a post of two hours ago."""
    uri = f"{_POSTS}{number}"
    values: dict[str, Any] = {
        "rank": number, "url": uri, "is_local": False, "visibility": Visibility.public, "type": "Note", "boost_of_id": None,
        "in_reply_to_id": None, "in_reply_to_uri": "", "in_reply_to_author_id": None, "conversation_id": None, "title": "", "source": "", "is_markdown": False,
        "content_warning": "", "is_sensitive": False, "language": None, "application": "", "application_website": "",
        "created_at": clock.now() - dt.timedelta(hours=2), "edited_at": None, "replies_count": 0, "boosts_count": 0, "likes_count": 0,
        "quotes_count": 0, "quote_of_id": None, "quote_uri": "", "quote_state": "", "is_held": False, "is_refused": False,
        "quote_policy": _EVERYONE, "reply_policy": _EVERYONE, "like_policy": _EVERYONE, "boost_policy": _EVERYONE, "is_liked": False,
        "is_boosted": False, "is_bookmarked": False, "is_thread_muted": False, "own_votes": None, "follows_author": True,
        "is_followed_by_author": False, "circle": None, "writer": None, "is_pinned": False, "is_locked": False, "emojis": [], "question": None, "facts": None,
        "attachments": [], "mentions": [], "tags": [], "reactions": [], "card": None, "author": author, **changes,
    }  # fmt: skip
    return PostView(id=number, author_id=author.id, uri=uri, content=content, **values)


def file(kind: str = "image", description: str = "A bird on a hill", **changes: Any) -> AttachmentView:
    """Make a file; its picture is always the icon of this server."""
    picture = assets().url("img/icon-512.png")
    values: dict[str, Any] = {
        "media_type": _TYPES[kind], "url": picture, "preview_url": picture if kind == "image" else "", "blurhash": "", "width": 1600,
        "height": 900, "focus_x": 0.0, "focus_y": 0.0, **changes,
    }  # fmt: skip
    return AttachmentView(id=1, kind=kind, description=description, **values)


def poll(*, is_over: bool = False, multiple: bool = False) -> QuestionView:
    """Make a poll with a long option; both of its ends are far away."""
    return QuestionView(
        options=[QuestionOption("Tea", 7), QuestionOption("Coffee, " + "strong " * 12, 4), QuestionOption("Neither")],
        multiple=multiple,
        ends_at=None if is_over else "2099-01-02T03:04:00+00:00",
        closed_at="2024-01-02T03:04:00+00:00" if is_over else None,
        voters=11,
    )  # fmt: skip


def card(author: Profile | None = None, *, is_playable: bool = False) -> CardView:
    return CardView(
        author=author,
        url="https://news.test/story", type="video" if is_playable else "link", title="A headline that goes on and on, as headlines do nowadays, to the third line",
        description="What it is about. " * 12, language="en", author_name="A. Reporter", author_url="", provider_name="The News",
        provider_url="", html='<iframe src="https://news.test/player">' if is_playable else "", embed_url="", width=0, height=0, image_url="", image_description="", published_at=None,
    )  # fmt: skip


ANA = person(1, "Ana Costa")
LONG = person(
    2, "A display name that somebody has filled up to the very last character 🦜🦜🦜", username="averyveryverylongusername" * 2
)  # fmt: skip
DANA = person(3, "דנה כהן", username="dana")
YUKI = person(4, "田中ゆき", username="yuki", approves_followers=True)


def posts(first: int) -> list[tuple[str, PostView]]:
    """Make one post of each state, with ids from `first` on, and the names of the states."""
    quoted = post(first + 900, DANA, "<p>שלום, מה שלומך?</p>")
    quote = {"quote_of_id": quoted.id, "quote_uri": quoted.uri}
    tags = " ".join(f'<a href="{_TAGS}t{n}">#hashtag{n}</a>' for n in range(30))
    states: list[tuple[str, Profile, dict[str, Any]]] = [
        ("One line", ANA, {"content": "<p>The tide is out.</p>"}),
        ("Pressed, with counts", ANA, {"is_liked": True, "is_boosted": True, "is_bookmarked": True, "likes_count": 1, "boosts_count": 12_345,
                                        "replies_count": 678}),
        ("Long name", LONG, {}),
        ("Right to left", DANA, {"content": "<p>זה פוסט בעברית, עם <a href='https://example.com'>קישור</a> ו-#תג.</p>", "language": "he"}),
        ("Japanese, followers only, edited", YUKI, {"content": "<p>" + "潮が引いて、サギが歩いています。" * 6 + "</p>", "language": "ja",
                                                     "visibility": Visibility.followers, "edited_at": clock.now()}),
        ("To one's circle", ANA, {"visibility": Visibility.limited, "circle": CircleView(1, "Birdwatchers of the estuary")}),
        ("Emoji", ANA, {"content": "<p>🦜🌊🏖️👩‍👩‍👧‍👦🇳🇿</p>", "reactions": [ReactionView("🔥", "", 3, True), ReactionView("🎉", "", 1, False)]}),
        ("Thirty hashtags", ANA, {"content": f"<p>{tags}</p>"}),
        ("A word of 500 characters", ANA, {"content": f"<p>{'unbreakable' * 45}</p>"}),
        ("Long, folded", ANA, {"content": "".join(f"<p>Line {n} of a long text.</p>" for n in range(16))}),
        ("Warning", ANA, {"content_warning": "Food, and a warning that takes more than one line when it is read on a phone"}),
        ("Filtered", ANA, {"filtered": ("Sport",)}),
        ("Poll", ANA, {"type": "Question", "question": poll()}),
        ("Poll, voted", ANA, {"type": "Question", "question": poll(), "own_votes": [1]}),
        ("Poll, closed", ANA, {"type": "Question", "question": poll(is_over=True)}),
        ("Quote", ANA, {**quote, "quote": quoted, "quote_state": "accepted"}),
        ("Quote that waits", ANA, {**quote, "quote_state": "pending"}),
        ("Link card", ANA, {"card": card()}),
        ("Link card with its author", ANA, {"card": card(LONG)}),
        ("Link that plays", ANA, {"card": card(is_playable=True)}),
        *((f"{number} picture{'s' * (number > 1)}", ANA, {"attachments": [file()] * number}) for number in (1, 2, 3, 4)),
        ("Sensitive", ANA, {"attachments": [file()], "is_sensitive": True}),
        ("Sound", ANA, {"attachments": [file("audio", "A gull")]}),
        ("Film", ANA, {"attachments": [file("video", "The sea")]}),
        ("Reply", ANA, {"in_reply_to_id": quoted.id, "in_reply_to_uri": quoted.uri, "in_reply_to_author_id": ANA.id}),
        ("Waits for approval", ANA, {"is_held": True}),
        ("Locked", ANA, {"is_locked": True}),
    ]  # fmt: skip
    found = [
        (state, post(first + place, author, **changes))
        for place, (state, author, changes) in enumerate(states)
    ]
    boost = post(first + 800, DANA, "", boost_of_id=first + 801, boost_of=post(first + 801, LONG))
    return [*found, ("Boosted", boost)]


def notifications(first: int) -> list[GroupShown]:
    """Make one notification of each kind, and groups."""
    people = [ANA, DANA, YUKI, LONG, person(5, "Eve"), person(6, "Finn"), person(7, "Grace")]
    mine = post(first + 700, ANA)

    def group(
        kind: str, count: int = 1, *, is_unread: bool = False, of: PostView | None = mine
    ) -> GroupShown:
        shown: Sequence[Profile] = people[: min(count, 5)]
        row = GroupView(
            kind,
            kind,
            count,
            1,
            1,
            clock.now() - dt.timedelta(hours=3),
            [one.id for one in shown],
            of.id if of else None,
        )
        return GroupShown(kind, row, list(shown), of, None, is_unread, {})

    return [
        group("favourite", is_unread=True),
        group("favourite", 7),
        group("reblog", 2),
        group("quote"),
        group("poll"),
        group("update"),
        group("follow", of=None),
        group("follow", 3, of=None),
        group("follow_request", of=None),
    ]  # fmt: skip


def profiles() -> list[tuple[str, Profile, Relationship]]:
    """Make accounts as on their profiles, each with a relationship of the reader."""
    fields = [
        ProfileField("Website", '<a href="https://example.com">example.com</a>', verified_at="2024-01-02T03:04:00+00:00"),
        ProfileField("A long name of a field that nobody expected", "And a long value, which takes more than one line of the table."),
    ]  # fmt: skip
    full = person(11, "Ana Costa", summary="<p>Walks where the boats were. Birds, tides, maps.</p>", fields=fields, posts_count=1234,
                  followers_count=56_789, following_count=321)  # fmt: skip
    return [
        ("Followed", full, Relationship(11, following=True, followed_by=True)),
        ("Asked", person(12, "Yuki", approves_followers=True), Relationship(12, requested=True)),
        (
            "Bot, long name",
            person(13, LONG.name, username=LONG.username, actor_type="Service"),
            Relationship(13),
        ),
        ("Blocked", person(14, "Mallory"), Relationship(14, blocking=True)),
        ("Suspended", person(15, "Nobody", restriction=2), Relationship(15)),
        ("Moved", person(16, "Otto", moved_to_uri="https://other.test/users/otto"), Relationship(16)),
    ]
