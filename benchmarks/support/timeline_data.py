"""The database of the timeline benchmarks: users, follows, posts with all their relations, and home timelines. Created by a few set-based statements."""

from collections.abc import Callable, Coroutine
from typing import Any

AUTHORS = 200
FOLLOWED = 100
HOST = "bench.test:8080"
TOKEN = "bench-token"


def run[T](work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run `work` with Django set up, as both web and worker, on one event loop."""
    import django
    import uvloop

    django.setup()
    import stator

    stator.load_handlers()
    return uvloop.run(work())


_IDENTITIES = """
    INSERT INTO users_identity (id, username, host, domain_id, uri, profile_url, actor_type, name, summary, summary_source, fields,
        emojis, icon_url, icon_description, image_url, image_description, inbox_url, shared_inbox_url, outbox_url, followers_url,
        following_url, featured_url, public_key_id, public_key, private_key, approves_followers, is_discoverable, is_indexable,
        hides_follows, also_known_as, moved_to_uri, restriction, posts_count, followers_count, following_count, default_visibility,
        default_language, created_at, state, state_due_at)
    SELECT n, %(prefix)s || n, d.name, d.id, 'http://' || d.name || '/users/' || %(prefix)s || n,
        'http://' || d.name || '/@' || %(prefix)s || n, 'Person', 'Number ' || n, '<p>About number ' || n || '</p>', '', '[]', '[]',
        'https://media.test/' || n || '.png', '', '', '', '', '', '', '', '', '', '', '', '', false, true, true, false, '[]', '', 0,
        10, 20, 30, 0, 'en', now(), 'steady', NULL
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) n, users_domain d"""
_FOLLOWS = """
    INSERT INTO users_follow (id, source_id, target_id, uri, shows_boosts, notifies, created_at, accepted_at)
    SELECT row_number() OVER () + %(offset)s::bigint, s, t, '', true, false, now(), now()
    FROM generate_series(%(from_s)s::bigint, %(to_s)s::bigint) s, generate_series(%(from_t)s::bigint, %(to_t)s::bigint) t
    WHERE s <> t"""
_POSTS = """
    INSERT INTO activities_post (id, author_id, uri, url, is_local, visibility, type, boost_of_id, in_reply_to_uri, conversation_id,
        title, content, source, content_warning, is_sensitive, language, emojis, application, created_at, replies_count,
        boosts_count, likes_count, state, state_due_at)
    SELECT n::bigint << 16, 1 + n %% %(authors)s::bigint, 'http://bench.test/posts/' || n, 'http://bench.test/@x/' || n, true,
        CASE WHEN n %% 10 = 3 THEN 1 WHEN n %% 10 = 7 THEN 2 ELSE 0 END, 'Note',
        CASE WHEN n %% 5 = 4 THEN (n - 3)::bigint << 16 END, '', n::bigint << 16, '',
        CASE WHEN n %% 5 = 4 THEN '' ELSE '<p>' || repeat('Some words of a usual post, number ' || n || '. ', 6) || '</p>' END, '', '',
        false, 'en', '[]', 'bench', to_timestamp(n / 1000.0), 1, 2, 3, 'fanned_out', NULL
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) n"""
_COMPANIONS = [
    """INSERT INTO activities_mention (post_id, identity_id, is_silent)
       SELECT id, 1 + (id >> 16) %% 50, false FROM activities_post WHERE boost_of_id IS NULL AND (id >> 16) %% 3 = 0 AND id > %(after)s""",
    """INSERT INTO activities_posttag (post_id, hashtag_id)
       SELECT p.id, h.id FROM activities_post p, activities_hashtag h
       WHERE p.boost_of_id IS NULL AND (p.id >> 16) %% 4 = 0 AND p.id > %(after)s""",
    """INSERT INTO activities_attachment (id, author_id, post_id, position, kind, media_type, url, preview_url, description, blurhash,
           width, height, focus_x, focus_y, created_at)
       SELECT id, author_id, id, 0, 'image', 'image/png', 'https://media.test/' || id || '.png', '', 'A picture', 'LEHV6nWB2y', 800,
           600, 0, 0, now() FROM activities_post WHERE boost_of_id IS NULL AND (id >> 16) %% 6 = 0 AND id > %(after)s""",
    """WITH made AS (
           INSERT INTO activities_previewcard (url, host, type, title, description, language, author_name, author_url, provider_name,
               provider_url, html, embed_url, width, height, image_url, image_description, created_at, state, state_due_at)
           SELECT 'https://news.test/' || id, 'news.test', 'link', 'A page with a title', 'And what it is about', 'en', '', '', 'News',
               'https://news.test', '', '', 800, 400, 'https://media.test/' || id || '.png', '', now(), 'fetched', NULL
           FROM activities_post WHERE boost_of_id IS NULL AND (id >> 16) %% 5 = 1 AND id > %(after)s RETURNING id, url)
       UPDATE activities_post p SET card_id = made.id FROM made WHERE made.url = 'https://news.test/' || p.id""",
    """INSERT INTO activities_like (id, identity_id, post_id, uri, created_at)
       SELECT id, %(viewer)s, id, '', now() FROM activities_post WHERE (id >> 16) %% 7 = 0 AND id > %(after)s""",
]


async def make_people(followers: int = 0) -> int:
    """Create a domain, authors 1…AUTHORS and a viewer who follows half of them; `followers` more users follow author 1. Return the viewer's id."""
    from core.db import sql

    viewer = AUTHORS + 1
    await sql.run(
        """INSERT INTO users_domain (name, title, description, sign_up_mode, is_public, contact_email, accent_color, rules, created_at)
           VALUES (%s, '', '', 'closed', true, '', '', '[]', now())""",
        [HOST],
    )
    await sql.run(_IDENTITIES, {"prefix": "n", "first": 1, "last": viewer + followers})
    await sql.run(_FOLLOWS, {"offset": 0, "from_s": viewer, "to_s": viewer, "from_t": 1, "to_t": FOLLOWED})
    if followers:
        await sql.run(
            _FOLLOWS,
            {"offset": 10**6, "from_s": viewer + 1, "to_s": viewer + followers, "from_t": 1, "to_t": 1},
        )
    await sql.run(
        "INSERT INTO activities_hashtag (name, display_name, created_at) VALUES ('bench', 'Bench', now())"
    )
    return viewer


_EPOCH_MS = 1_600_000_000_000  # ids contain the time
FIRST_POST = (_EPOCH_MS + 1) << 16
FIRST_FOLLOWER = AUTHORS + 2
_written = _EPOCH_MS


async def write_posts(amount: int, viewer: int) -> None:
    """Write `amount` more posts by all authors; the viewer's home timeline gets the newest 800 of those they follow."""
    from core.db import sql

    global _written
    after = _written << 16
    await sql.run(_POSTS, {"authors": AUTHORS, "first": _written + 1, "last": _written + amount})
    _written += amount
    for statement in _COMPANIONS:
        await sql.run(statement, {"after": after, "viewer": viewer})
    await sql.run("DELETE FROM activities_homeentry WHERE identity_id = %s", [viewer])
    await sql.run(
        """INSERT INTO activities_homeentry (identity_id, post_id) SELECT %(viewer)s, p.id FROM activities_post p
           JOIN users_follow f ON f.target_id = p.author_id AND f.source_id = %(viewer)s ORDER BY p.id DESC LIMIT 800""",
        {"viewer": viewer},
    )
    await sql.run("VACUUM ANALYZE")


async def write_thread(replies: int, viewer: int) -> None:
    """Write that many replies to the first post, every third of them to another reply."""
    from core.db import sql

    before = _written
    await write_posts(replies, viewer)
    await sql.run(
        """UPDATE activities_post p SET boost_of_id = NULL, visibility = 0, content = '<p>An answer of a few words</p>', conversation_id = %(first)s,
               in_reply_to_id = w.parent, in_reply_to_author_id = (SELECT o.author_id FROM activities_post o WHERE o.id = w.parent)
           FROM (SELECT n, CASE WHEN n %% 3 = 2 THEN (n - 1)::bigint << 16 ELSE %(first)s END AS parent
                 FROM generate_series(%(from)s::bigint, %(to)s::bigint) n) w
           WHERE p.id = w.n::bigint << 16""",
        {"first": FIRST_POST, "from": before + 1, "to": before + replies},
    )
    await sql.run("UPDATE activities_post SET visibility = 0 WHERE id = %s", [FIRST_POST])
    await sql.run("VACUUM ANALYZE")


async def write_notifications(viewer: int) -> None:
    """Write 200 likes, boosts and follows by different users."""
    from core.db import sql

    await sql.run(
        """INSERT INTO activities_notification (id, identity_id, kind, actor_id, post_id, created_at)
           SELECT n, %(viewer)s, CASE n %% 3 WHEN 0 THEN 'follow' WHEN 1 THEN 'favourite' ELSE 'mention' END, 1 + n %% 100,
               CASE WHEN n %% 3 = 0 THEN NULL ELSE (%(first)s + (n %% 2) * (1::bigint << 16)) END, now()
           FROM generate_series(1, 200) n""",
        {"viewer": viewer, "first": FIRST_POST},
    )


async def make_token(identity: Any) -> None:
    """Create a login for the identity, and the token TOKEN with all scopes."""
    from api.models import App, Token
    from api.oauth.bearer import token_hash
    from core import clock
    from users.logins.models import IdentityAccess, User

    now, scopes = clock.now(), "read write follow push"
    user = await User.objects.acreate(email="a@bench.test", confirmed_at=now, approved_at=now)
    await IdentityAccess.objects.acreate(user=user, identity=identity)
    app = await App.objects.acreate(name="Bench", scopes=scopes, client_id="x", client_secret_hash="")
    await Token.objects.acreate(
        token_hash=token_hash(TOKEN),
        app=app,
        user=user,
        identity=identity,
        scopes=scopes,
        last_used_at=now,
    )
