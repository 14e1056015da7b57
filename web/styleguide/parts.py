"""Samples of what is more than one row: threads, chats, columns, and the pages of staff. None is in the database."""

from typing import Any

from django.urls import reverse

from activities.posts.queries.views import PostView
from web.administration.attention import Sentence
from web.posts.thread.tree import Branch, Replies
from web.styleguide.samples import ANA, DANA, LONG, YUKI, person, post

PEERS = [
    ("mastodon.example", "Mastodon 4.5.0"),
    ("an-extremely-long-host-name.of-some-department.far.test", "GoToSocial"),
]


def thread(first: int) -> dict[str, Any]:
    """Make a focused post with a branch of three levels that goes on, and one of which more is folded."""
    replies = [
        post(first + place, author, f"<p>{text}</p>", replies_count=1, in_reply_to_id=first)
        for place, (author, text) in enumerate(
            (
                (DANA, "And the boats?"),
                (ANA, "In the harbour."),
                (YUKI, "潮が引いて、サギが歩いています。"),
                (LONG, "Another branch."),
                (ANA, "Of which most is folded."),
            ),
            601,
        )
    ]
    third = Branch([replies[2]], 3, Replies(), further=4)
    deep = Branch([replies[0]], 1, Replies([Branch([replies[1]], 2, Replies([third]))]))
    folded = Branch([replies[3], replies[4]], 1, Replies(), folded=12)
    focused = post(
        first + 600, ANA, likes_count=5, boosts_count=2, quotes_count=1, replies_count=9, application="An app"
    )
    return {"post": focused, "replies": Replies([deep, folded], hidden=7, after=first + 605)}


def said(first: int, mine: int) -> list[PostView]:
    """Make the messages of a private conversation; those of the account with the id `mine` are the reader's own."""
    me = person(mine, "Ana Costa")
    return [
        post(first + 501, DANA, "<p>שלום, מה שלומך?</p>"),
        post(
            first + 502, me, "<p>Well! The tide is out, and the herons are walking where the boats were.</p>"
        ),
        post(first + 503, DANA, f"<p>{'unbreakable' * 12}</p>"),
        post(first + 504, me, "<p>🦜</p>"),
    ]


def columns(first: int) -> list[dict[str, Any]]:
    """Make the heads of a column with rows and of one whose list was deleted. `at` keeps their ids apart."""
    return [
        {
            "column": {"number": first + number, "kind": "list", "width": "normal", "target": ""},
            "kind": {"icon": "list"},
            "title": title,
            "at": f"-{first + number}",
            "content": {"path": "#columns", "rows": [], "stream": ""} if is_there else None,
        }
        for number, title, is_there in ((1, "Birds of the estuary, and of the hills behind it", True), (2, "Gone", False))
    ]  # fmt: skip


def sentences() -> list[Sentence]:
    """Make a sentence of each kind, as on the overview of the administration."""
    path = reverse("admin")
    return [
        Sentence("bad", "12 posts could not be delivered to mastodon.example", path),
        Sentence("asks", "3 reports wait for a decision", path),
        Sentence("waits", "3 posts wait for far.test, next try in 4 minutes", path),
    ]
