"""Sample data with something of everything: follows, threads, boosts, likes, polls, pictures, quotes, warnings, direct posts.

The same numbers give the same data. Everything goes through the services, so that the worker creates timelines and notifications as for
any other post, and changed services apply to the seeds, too.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing
from random import Random

from activities.media.services.profile_pictures import edit_profile
from activities.media.services.uploads import upload
from activities.polls.services import PollDraft, vote
from activities.posts.models import Post, Visibility
from activities.publishing.services.drafts import PostDraft
from activities.publishing.services.interactions import bookmark, boost, like, pin
from activities.publishing.services.posting import write_post
from core.errors import BadInput
from takahe.seeding.pictures import picture
from users.domains.models import Domain
from users.identities.models import Identity
from users.logins.models import User
from users.logins.queries import identities_of
from users.logins.services.identities import create_identity
from users.relations.services.following import follow

# Creating a user's keys and picture takes about half a second, a post ten milliseconds.
MAX_PEOPLE, MAX_POSTS = 500, 20_000

_NAMES = ("ada", "bo", "cleo", "dara", "emil", "fay", "gus", "hana", "ivo", "juno", "kit", "lou")
_THINGS = (
    "a heron",
    "the night train",
    "a sourdough",
    "three magpies",
    "an old radio",
    "the tide",
    "a bicycle",
    "plums",
)
_PLACES = ("by the lake", "in the library", "on the roof", "at the market", "behind the school", "in the fog")
_THOUGHTS = (
    "Never seen it like this.",
    "Again!",
    "It took two hours.",
    "Who else was there?",
    "More tomorrow.",
    "Worth it.",
)
_HASHTAGS = ("birds", "trains", "baking", "weather", "bikes", "radio")
_ANSWERS = (
    "Lovely.",
    "I was there, too!",
    "Where is that?",
    "Tell me more.",
    "Same here, but later.",
    "Congratulations!",
)
_MAX_PINS = 2
_PERCENT_OF_POSTS = {"reply": 30, "picture": 10, "poll": 4, "quote": 4, "warning": 4, "direct": 3}


def check_bounds(people: int, posts: int) -> None:
    """Raise BadInput for more than a command should create."""
    if not 2 <= people <= MAX_PEOPLE or not 0 <= posts <= MAX_POSTS:
        raise BadInput(f"A seeded world has 2 to {MAX_PEOPLE} people and at most {MAX_POSTS:,} posts.")


class World:
    """Fills a domain with users, all identities of one login, and their activities. `made` counts them."""

    def __init__(self, user: User, domain: Domain, *, seed: int = 1) -> None:
        self.made: Counter[str] = Counter()
        self._user, self._domain = user, domain
        self._random = Random(seed)  # noqa: S311 - the same world each time is the point
        self._people: list[Identity] = []
        self._posts: list[Post] = []
        self._pinned: Counter[int] = Counter()  # author's id → how many
        self._reacted: set[tuple[str, int, int]] = set()  # what, who, post

    async def fill(self, *, people: int, posts: int) -> None:
        """Create users and their follows, then posts with reactions to them. Raises BadInput for too many."""
        check_bounds(people, posts)
        await self._make_people(people)
        await self._make_follows()
        for _ in range(posts):
            await self._make_post()
            await self._react()

    async def _make_people(self, wanted: int) -> None:
        held = {
            one.username: one for one in await identities_of(self._user) if one.domain_id == self._domain.pk
        }
        for number in range(wanted):
            name = _NAMES[number % len(_NAMES)]
            username = name if number < len(_NAMES) else f"{name}{number // len(_NAMES) + 1}"
            if username not in held:
                held[username] = await self._make_person(username)
            self._people.append(held[username])

    async def _make_person(self, username: str) -> Identity:
        person = await create_identity(
            user=self._user, domain=self._domain, username=username, name=username.title()
        )
        with closing(picture(self._random)) as icon:
            changed = await edit_profile(
                identity=person,
                pictures={"icon": icon},
                summary=f"I write about #{self._one(_HASHTAGS)} and {self._one(_THINGS)}.",
            )
        self.made["people"] += 1
        return changed

    async def _make_follows(self) -> None:
        """Let each user follow about six others, so that follows grow linearly with the number of users."""
        for source in self._people:
            others = [one for one in self._people if one.pk != source.pk]
            for target in self._random.sample(others, min(len(others), 12)):
                if self._chance(50):
                    await follow(source=source, target_id=target.pk)
                    self.made["follows"] += 1

    async def _make_post(self) -> None:
        author = self._one(self._people)
        kind = self._kind()
        makers: dict[str, Callable[[Identity], Awaitable[Post]]] = {
            "reply": self._reply,
            "picture": self._with_picture,
            "poll": self._poll,
            "quote": self._quote,
            "warning": self._with_warning,
            "direct": self._direct,
        }
        self._posts.append(await makers.get(kind, self._plain)(author))
        self.made["posts"] += 1
        if kind:
            self.made[f"of them {kind}"] += 1

    def _kind(self) -> str:
        """Return the kind of the next post, "" for a plain one (also if there is nothing yet to reply to or to quote)."""
        rest = self._random.randrange(100)
        for kind, percent in _PERCENT_OF_POSTS.items():
            if rest < percent:
                return "" if kind in ("reply", "quote") and not self._open_posts() else kind
            rest -= percent
        return ""

    async def _plain(self, author: Identity) -> Post:
        visibility = self._random.choices(
            (Visibility.public, Visibility.unlisted, Visibility.followers, Visibility.local_only),
            (85, 6, 6, 3),
        )[0]
        return await write_post(author=author, draft=PostDraft(text=self._text(), visibility=visibility))

    async def _reply(self, author: Identity) -> Post:
        parent = self._one(self._open_posts())
        text = f"@{parent.author.username} {self._one(_ANSWERS)}"
        return await write_post(author=author, draft=PostDraft(text=text, in_reply_to_id=parent.pk))

    async def _with_picture(self, author: Identity) -> Post:
        thing = self._one(_THINGS)
        with closing(picture(self._random)) as file:
            stored = await upload(author=author, file=file, description=f"Colours that could be {thing}")
        return await write_post(
            author=author, draft=PostDraft(text=f"A picture of {thing}.", attachments=[stored.attachment.id])
        )

    async def _poll(self, author: Identity) -> Post:
        poll = PollDraft(
            options=self._random.sample(_THINGS, 3), expires_in=86_400, multiple=self._chance(30)
        )
        post = await write_post(author=author, draft=PostDraft(text="Which one?", poll=poll))
        for voter in self._random.sample(self._people, min(len(self._people), 4)):
            if voter.pk != author.pk:
                await vote(identity=voter, post_id=post.pk, choices=[self._random.randrange(3)])
                self.made["votes"] += 1
        return post

    async def _quote(self, author: Identity) -> Post:
        return await write_post(
            author=author,
            draft=PostDraft(text=self._one(_THOUGHTS), quoted_id=self._one(self._open_posts()).pk),
        )

    async def _with_warning(self, author: Identity) -> Post:
        return await write_post(
            author=author, draft=PostDraft(text=self._text(), content_warning=self._one(_HASHTAGS).title())
        )

    async def _direct(self, author: Identity) -> Post:
        other = self._one([one for one in self._people if one.pk != author.pk])
        text = f"@{other.username} {self._one(_THOUGHTS)}"
        return await write_post(author=author, draft=PostDraft(text=text, visibility=Visibility.mentioned))

    async def _react(self) -> None:
        """Let some users interact with one of the latest posts."""
        if not (posts := self._open_posts()):
            return
        post = self._one(posts)
        for name, react, percent in (("likes", like, 40), ("boosts", boost, 20), ("bookmarks", bookmark, 8)):
            if self._chance(percent) and self._is_new(name, person := self._one(self._people), post):
                await react(identity=person, post_id=post.pk)
        if (
            self._chance(5)
            and self._pinned[post.author_id] < _MAX_PINS
            and self._is_new("pins", post.author, post)
        ):
            await pin(identity=post.author, post_id=post.pk)
            self._pinned[post.author_id] += 1

    def _is_new(self, name: str, person: Identity, post: Post) -> bool:
        """Count a reaction and return True, unless this user reacted to this post in the same way before."""
        key = (name, person.pk, post.pk)
        if key in self._reacted:
            return False
        self._reacted.add(key)
        self.made[name] += 1
        return True

    def _open_posts(self) -> list[Post]:
        """Return the posts among the latest 40 that everybody may see and boost."""
        return [post for post in self._posts[-40:] if post.visibility == Visibility.public]

    def _text(self) -> str:
        return (
            f"Saw {self._one(_THINGS)} {self._one(_PLACES)}. {self._one(_THOUGHTS)} #{self._one(_HASHTAGS)}"
        )

    def _one[T](self, among: list[T] | tuple[T, ...]) -> T:
        return self._random.choice(among)

    def _chance(self, percent: int) -> bool:
        return self._random.randrange(100) < percent
