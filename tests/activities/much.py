"""A server with a user who has much of everything, for tests of the cost of reads."""

from activities.lists.models import PeopleList
from activities.tags.models import FeaturedTag, Hashtag
from core.db import sql
from tests.activities.growth import write_many
from tests.activities.people import make_post
from users.identities.models import Identity

MANY = 6_000


async def write_much(ada: Identity, rob: Identity) -> None:
    """Write 6,000 posts by each, and as many followers, likes, bookmarks and notifications of `ada`; hashtags and servers, too."""
    tags = [await Hashtag.objects.acreate(name=name, display_name=name) for name in ("common", "rare")]
    post = await make_post(ada, content="<p>words that many say</p>")
    thread = await make_post(ada, content="<p>words that many say</p>")
    await write_many(ada, MANY, tags=(tags[0],), content="<p>words that many say</p>")
    await write_many(rob, MANY, tags=(tags[0],), content="<p>words that many say</p>")
    answers = {"in_reply_to_id": thread.pk, "conversation_id": thread.pk}
    await write_many(rob, MANY, content="<p>words that many say</p>", **answers)
    await FeaturedTag.objects.acreate(identity=ada, hashtag=tags[0])
    await PeopleList.objects.acreate(identity=ada, title="one")
    values = {"ada": ada.pk, "rob": rob.pk, "post": post.pk, "many": MANY}
    for statement in (
        """INSERT INTO users_identity SELECT made.*
           FROM users_identity i, generate_series(1, %(many)s) n,
                jsonb_populate_record(i, jsonb_build_object('id', i.id + n, 'uri', i.uri || n, 'username', 'fan' || n)) made
           WHERE i.id = %(rob)s""",
        "INSERT INTO federation_peer (host) SELECT 'n' || n || '.peer.example' FROM generate_series(1, %(many)s) n",
        """INSERT INTO activities_hashtag (name, display_name, created_at)
           SELECT 'common' || n, 'common' || n, now() FROM generate_series(1, %(many)s) n""",
        """INSERT INTO users_follow (id, source_id, target_id, accepted_at, created_at, shows_boosts, notifies, uri)
           SELECT n, %(rob)s + n, %(ada)s, now(), now(), true, false, '' FROM generate_series(1, %(many)s) n""",
        # she follows as many accounts, who all follow Rob and a hundred others each
        """INSERT INTO users_follow (id, source_id, target_id, accepted_at, created_at, shows_boosts, notifies, uri)
           SELECT %(many)s + n, %(ada)s, %(rob)s + n, now(), now(), true, false, '' FROM generate_series(1, %(many)s) n""",
        """INSERT INTO users_follow (id, source_id, target_id, accepted_at, created_at, shows_boosts, notifies, uri)
           SELECT 2 * %(many)s + n, %(rob)s + n, %(rob)s, now(), now(), true, false, '' FROM generate_series(1, %(many)s) n""",
        """INSERT INTO users_follow (id, source_id, target_id, accepted_at, created_at, shows_boosts, notifies, uri)
           SELECT 3 * %(many)s + n, %(rob)s + 1 + n / 100, %(rob)s + n, now(), now(), true, false, ''
           FROM generate_series(200, %(many)s) n""",
        """INSERT INTO activities_like (id, identity_id, post_id, uri, created_at)
           SELECT n, %(rob)s + n, %(post)s, '', now() FROM generate_series(1, %(many)s) n""",
        """INSERT INTO activities_like (id, identity_id, post_id, uri, created_at)
           SELECT %(many)s + row_number() OVER (), %(ada)s, id, '', now() FROM activities_post WHERE author_id = %(rob)s""",
        """INSERT INTO activities_bookmark (id, identity_id, post_id, created_at)
           SELECT row_number() OVER (), %(ada)s, id, now() FROM activities_post WHERE author_id = %(rob)s""",
        """INSERT INTO activities_homeentry (identity_id, post_id)
           SELECT %(ada)s, id FROM activities_post WHERE author_id = %(rob)s ON CONFLICT DO NOTHING""",
        """INSERT INTO activities_notification (identity_id, kind, actor_id, post_id, created_at, is_filtered)
           SELECT %(ada)s, 'favourite', %(rob)s + n, %(post)s, now(), n %% 10 = 0 FROM generate_series(1, %(many)s) n""",
    ):
        await sql.run(statement, values)
    await sql.run("VACUUM (ANALYZE)")
