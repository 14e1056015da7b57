"""The visibility policy: every combination of relation, visibility, author and kind of post, on every read path, against a table."""

import itertools
from dataclasses import dataclass

import pytest

from activities.notifications.models import Notification
from activities.notifications.queries import notifications as notes
from activities.posts.models import Bookmark, Like, Visibility
from activities.posts.queries import posts, threads
from activities.posts.queries.visibility import may_see
from activities.search import queries as search
from activities.tags.models import Hashtag, PostTag
from activities.timelines.models import HomeEntry
from activities.timelines.queries import timelines
from core import clock
from core.db.paging import Page
from core.errors import NotFound
from federation.models import Peer
from tests.activities.people import ago, block, follow, make_domain, make_local, make_post, make_remote, mute
from users.domains.models import Domain
from users.identities.models import Identity, Restriction

pytestmark = pytest.mark.anyio

PAGE = Page(limit=40)
RELATIONS = (
    "anonymous",
    "stranger",
    "follower",
    "pending follower",
    "mentioned",
    "silently mentioned",
    "self",
    "same domain",
    "other domain",
    "blocked by the author",
    "blocks the author",
    "follower who blocks",
    "mentioned but blocked",
    "mutes the author",
    "follower who mutes",
)

# Written by hand: who may see what at all. Rows are relations, columns visibilities:
#                              public unlisted followers mentioned local-only limited
MAY_SEE = {
    "anonymous":             "    yes    yes      no        no        no         no ",
    "stranger":              "    yes    yes      no        no        no         no ",
    "follower":              "    yes    yes      yes       no        no         no ",
    "pending follower":      "    yes    yes      no        no        no         no ",
    "mentioned":             "    yes    yes      yes       yes       no         yes",
    "silently mentioned":    "    yes    yes      yes       yes       no         yes",
    "self":                  "    yes    yes      yes       yes       yes        yes",
    "same domain":           "    yes    yes      no        no        yes        no ",
    "other domain":          "    yes    yes      no        no        no         no ",
    "blocked by the author": "    no     no       no        no        no         no ",
    "blocks the author":     "    no     no       no        no        no         no ",
    "follower who blocks":   "    no     no       no        no        no         no ",
    "mentioned but blocked": "    no     no       no        no        no         no ",
    "mutes the author":      "    yes    yes      no        no        no         no ",
    "follower who mutes":    "    yes    yes      yes       no        no         no ",
}  # fmt: skip
MUTES = {"mutes the author", "follower who mutes"}
FOLLOWS = {"follower", "follower who mutes"}


@dataclass(frozen=True)
class Case:
    """A post: by whom, of what kind, for whom."""

    author: str  # normal limited suspended deleted
    kind: str  # post boost reply
    is_deleted: bool
    visibility: Visibility

    def is_seen(self, relation: str) -> bool:
        gone = self.is_deleted or self.author in {"suspended", "deleted"}
        return not gone and MAY_SEE[relation].split()[self.visibility] == "yes"


AUTHORS = ("normal", "limited", "suspended", "deleted")


def cases_of(author: str) -> list[Case]:
    return [
        Case(author, kind, is_deleted, visibility)
        for kind, is_deleted, visibility in itertools.product(
            ("post", "boost", "reply"), (False, True), Visibility
        )
    ]


class Scene:
    """One author on home.test (or far away), a viewer for each relation, and a post of each visibility."""

    domain: Domain
    author: Identity
    viewers: dict[str, Identity | None]

    async def set_up(self, author: str) -> None:
        self.domain = await make_domain("home.test")
        elsewhere = await make_domain("other.test")
        restriction = {"limited": Restriction.limited, "suspended": Restriction.suspended}
        self.author = await make_local(
            "author",
            self.domain,
            restriction=restriction.get(author, Restriction.none),
            deleted_at=clock.now() if author == "deleted" else None,
            is_indexable=True,
        )
        self.viewers = {"anonymous": None, "self": self.author}
        for index, relation in enumerate(set(RELATIONS) - {"anonymous", "self"}):
            home = self.domain if relation == "same domain" else elsewhere
            self.viewers[relation] = await make_local(f"viewer{index}", home)
        await follow(self.viewers["follower"], self.author)
        await follow(self.viewers["pending follower"], self.author, accepted=False)
        await follow(self.viewers["follower who blocks"], self.author)
        await follow(self.viewers["follower who mutes"], self.author)
        await block(self.author, self.viewers["blocked by the author"])
        await block(self.viewers["blocks the author"], self.author)
        await block(self.viewers["follower who blocks"], self.author)
        await block(self.author, self.viewers["mentioned but blocked"])
        await mute(self.viewers["mutes the author"], self.author)
        await mute(self.viewers["follower who mutes"], self.author)
        self.stranger = await make_local("bystander", elsewhere)
        self.tag = await Hashtag.objects.acreate(name="tag", display_name="Tag")
        self.parent = await make_post(self.stranger)

    async def write(self, case: Case) -> int:
        """The post in question; it stands in every home, list and notification, so that only the policy can keep it out."""
        post = await make_post(
            self.author,
            case.visibility,
            boost_of=await make_post(self.stranger) if case.kind == "boost" else None,
            in_reply_to=self.parent if case.kind == "reply" else None,
            mentions=(self.viewers["mentioned"], self.viewers["mentioned but blocked"]),
            silent=(self.viewers["silently mentioned"],),
            deleted_at=clock.now() if case.is_deleted else None,
        )
        await PostTag.objects.acreate(post=post, hashtag=self.tag)
        for kind in (HomeEntry, Like, Bookmark):
            rows = [
                kind(identity=viewer, post=post) for viewer in self.viewers.values() if viewer is not None
            ]
            await kind.objects.abulk_create(rows)
        await Notification.objects.abulk_create(
            Notification(identity=viewer, kind="mention", actor=self.stranger, post=post)
            for viewer in self.viewers.values()
            if viewer is not None
        )
        return post.pk


async def read_paths(scene: Scene, viewer: Identity | None, ids: list[int]) -> dict[str, set[int]]:
    """Which of the posts the viewer finds on which read path."""

    async def got(post_id: int) -> bool:
        try:
            return (await posts.get_post(post_id, viewer)).id == post_id
        except NotFound:
            return False

    async def opened(post_id: int) -> bool:
        try:
            await threads.context(post_id, viewer)
        except NotFound:
            return False
        return True

    found = {
        "may_see": {pk for pk in ids if await may_see(viewer, pk)},
        "get_post": {pk for pk in ids if await got(pk)},
        "context of it": {pk for pk in ids if await opened(pk)},
    }
    lists = {
        "load_posts": await posts.load_posts(ids, viewer),
        "profile": await timelines.profile_posts(scene.author.pk, viewer, PAGE),
        "local": await timelines.local(viewer, scene.domain, PAGE),
        "federated": await timelines.federated(viewer, PAGE),
        "hashtag": await timelines.hashtag("#TAG", viewer, PAGE),
        "search": await search.search_posts("words", viewer, PAGE),
        "context of its parent": (await threads.context(scene.parent.pk, viewer)).descendants,
    }
    if viewer is not None:
        lists["home"] = await timelines.home(viewer, PAGE)
        lists["likes"] = await timelines.likes(viewer, PAGE)
        lists["bookmarks"] = await timelines.bookmarks(viewer, PAGE)
        found["notifications"] = {row.post_id for row in await notes.notifications(viewer, PAGE)}
    return found | {path: {view.id for view in views} for path, views in lists.items()}


def expectations(case: Case, relation: str) -> dict[str, bool]:
    """What the table means for each path."""
    seen = case.is_seen(relation)
    unmuted = seen and relation not in MUTES
    listed = unmuted and case.author == "normal"
    is_public = case.visibility == Visibility.public
    near = seen and (case.author == "normal" or relation == "self" or relation in FOLLOWS)
    paths = {
        "may_see": seen,
        "get_post": seen,
        "load_posts": seen,
        "context of it": seen,
        "profile": seen,
        # neither boosts nor replies to others
        "local": listed
        and case.kind == "post"
        and case.visibility in {Visibility.public, Visibility.local_only},
        "federated": listed and case.kind == "post" and is_public,
        "hashtag": listed and case.kind != "boost" and is_public,
        # everybody liked and bookmarked everything that they may see, so that they may search it
        "search": listed and case.kind != "boost" and (is_public or relation != "anonymous"),
        "context of its parent": near and case.kind == "reply",
    }
    if relation != "anonymous":
        paths |= {"home": unmuted, "likes": seen, "bookmarks": seen, "notifications": seen}
    return paths


@pytest.mark.slow
@pytest.mark.parametrize("author", AUTHORS)
async def test_every_read_path_agrees_with_the_table(db: None, author: str) -> None:
    scene = Scene()
    await scene.set_up(author)
    by_id = {await scene.write(case): case for case in cases_of(author)}
    wrong = []
    for relation in RELATIONS:
        found = await read_paths(scene, scene.viewers[relation], list(by_id))
        for post_id, case in by_id.items():
            expected = expectations(case, relation)
            assert expected.keys() == found.keys()
            wrong += [
                f"{relation}, {case}, {path}: should be {expected[path]}"
                for path in expected
                if (post_id in found[path]) != expected[path]
            ]
    assert not wrong, "\n".join(wrong)


async def test_a_boost_is_hidden_when_its_original_is(db: None) -> None:
    """Its booster is fine; what counts is the author of the original."""
    domain = await make_domain()
    viewer, booster = await make_local("viewer", domain), await make_local("booster", domain)
    for name, expected in (
        ("normal", True),
        ("suspended", False),
        ("blocker", False),
        ("deleted", False),
        ("muted", True),
    ):
        author = await make_local(name, domain, restriction=2 if name == "suspended" else 0)
        original = await make_post(author, deleted_at=clock.now() if name == "deleted" else None)
        boost = await make_post(booster, boost_of=original)
        await HomeEntry.objects.acreate(identity=viewer, post=boost)
        if name == "blocker":
            await block(author, viewer)
        if name == "muted":
            await mute(viewer, author)
        assert await may_see(viewer, boost.pk) is expected, name
        at_home = [view.id for view in await timelines.home(viewer, PAGE)]
        assert (boost.pk in at_home) is (expected and name != "muted"), name


async def test_a_followers_only_original_does_not_leak_through_a_boost(db: None) -> None:
    domain = await make_domain()
    author, stranger = await make_local("author", domain), await make_local("stranger", domain)
    original = await make_post(author, Visibility.followers)
    boost = await make_post(author, Visibility.public, boost_of=original)
    assert not await may_see(stranger, boost.pk)
    assert not await may_see(None, boost.pk)
    await follow(stranger, author)
    assert await may_see(stranger, boost.pk)


async def test_posts_of_blocked_hosts_are_hidden_and_so_are_their_subdomains(db: None) -> None:

    viewer = await make_local("viewer", await make_domain())
    one = await make_post(await make_remote("one", "bad.test"))
    two = await make_post(await make_remote("two", "sub.bad.test"))
    three = await make_post(await make_remote("three", "notbad.test"))
    await Peer.objects.acreate(host="bad.test", policy="blocked")
    seen = [view.id for view in await timelines.federated(viewer, PAGE)]
    assert seen == [three.pk]
    assert [view.id for view in await posts.load_posts([one.pk, two.pk, three.pk], None)] == [three.pk]


async def test_an_expired_mute_hides_nothing(db: None) -> None:

    domain = await make_domain()
    viewer, author = await make_local("viewer", domain), await make_local("author", domain)
    await mute(viewer, author, expires_at=ago(minutes=1))
    post = await make_post(author)
    assert [view.id for view in await timelines.federated(viewer, PAGE)] == [post.pk]


async def test_visitors_see_posts_of_a_private_domain_but_not_its_timelines(db: None) -> None:
    """The option speaks of timelines, not of a post whose address somebody was given, and peers can read it unsigned."""
    hidden, shown = await make_domain("hidden.test", is_public=False), await make_domain("shown.test")
    author, viewer = await make_local("author", hidden), await make_local("viewer", shown)
    post = await make_post(author)
    assert await may_see(None, post.pk)
    assert await may_see(viewer, post.pk)
    assert await timelines.federated(None, PAGE) == []
    assert await timelines.local(None, hidden, PAGE) == []
    assert [view.id for view in await timelines.federated(viewer, PAGE)] == [post.pk]
    assert [view.id for view in await timelines.profile_posts(author.pk, None, PAGE)] == [post.pk]


async def test_a_remote_reader_never_sees_local_only_posts(db: None) -> None:
    author = await make_local("author", await make_domain())
    reader = await make_remote("reader")
    await follow(reader, author)
    post = await make_post(author, Visibility.local_only, mentions=(reader,))
    assert not await may_see(reader, post.pk)
