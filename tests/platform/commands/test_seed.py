"""`takahe seed` fills an empty server through its services, and leaves servers with people alone."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from activities.posts.models import Post
from takahe.seeding.world import World
from tests.platform.commands.test_command import takahe
from tests.support import postgres
from tests.support.forks import loaded_takahe
from users.logins.services.setup import set_up

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

FEW = ("seed", "--people", "4", "--posts", "25")


@pytest.fixture
def new_database() -> Iterator[Callable[[], str]]:
    urls: list[str] = []

    def make() -> str:
        urls.append(postgres.create_database())
        return urls[-1]

    yield make
    for url in urls:
        postgres.drop_database(urlsplit(url).path.lstrip("/"))


def posts_in(url: str) -> list[tuple[str, str, str]]:
    """Every post in order: its author's name, its text with the ids of other posts left out, its visibility."""
    query = """
        SELECT i.username, regexp_replace(p.content, '[0-9]{10,}', 'ID', 'g'), p.visibility
        FROM activities_post p JOIN users_identity i ON i.id = p.author_id ORDER BY p.id
    """
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


async def test_the_same_numbers_make_the_same_world(new_database: Callable[[], str], tmp_path: Path) -> None:
    one, other = new_database(), new_database()
    for url in (one, other):
        done = await takahe(*FEW, DATABASE_URL=url, TAKAHE_DATA_DIR=str(tmp_path))
        assert (done.code, done.err) == (0, "")
    assert len(posts_in(one)) > 25  # boosts are posts, too
    assert posts_in(one) == posts_in(other)


async def test_only_a_development_server_that_has_people_is_filled(
    new_database: Callable[[], str], tmp_path: Path
) -> None:
    url = new_database()
    env = {"DATABASE_URL": url, "TAKAHE_DATA_DIR": str(tmp_path)}
    async with loaded_takahe(**env) as run:
        assert (await run(*FEW)).code == 0
        before = posts_in(url)
        refused = await run(*FEW)
    assert refused.code == 1
    assert "has people of its own" in refused.err

    async with loaded_takahe(**env, TAKAHE_DEBUG="true") as run:
        assert (await run(*FEW, "--if-empty")).code == 0
        assert posts_in(url) == before
        assert (await run(*FEW)).code == 0
    assert len(posts_in(url)) >= len(before) + 25


@pytest.mark.parametrize(
    "bad", [("--people", "1"), ("--people", "501"), ("--posts", "20001"), ("--posts", "-1")]
)
async def test_the_world_is_bounded(
    bad: tuple[str, str], new_database: Callable[[], str], tmp_path: Path
) -> None:
    async with loaded_takahe(DATABASE_URL=new_database(), TAKAHE_DATA_DIR=str(tmp_path)) as run:
        done = await run("seed", *bad)
    assert done.code == 1
    assert "500 people" in done.err


async def test_a_seeded_world_has_something_of_everything_for_pages_and_apps(
    client: httpx.AsyncClient,
) -> None:
    done = await set_up(
        domain="seeded.test", email="dev@seeded.test", handle="ada", password="a long password"
    )
    world = World(done.user, done.domain)
    await world.fill(people=5, posts=120)
    made = world.made
    kinds = ("reply", "picture", "poll", "quote", "warning", "direct")
    assert all(made[f"of them {kind}"] for kind in kinds), made
    assert all(made[name] for name in ("follows", "likes", "boosts", "bookmarks", "votes", "pins")), made
    assert await Post.objects.acount() == made["posts"] + made["boosts"]

    host = {"host": "seeded.test"}
    profile = await client.get("/@bo", headers=host)
    assert profile.status_code == 200
    public = (await client.get("/api/v1/timelines/public?limit=40", headers=host)).json()
    assert any(post["media_attachments"] for post in public)
    assert any(post["poll"] for post in public)
