"""Posts from before 0010 get their domain, in pieces: interrupted, it is begun again and finds what is left."""

from django.db import migrations

_PIECE = 5000


def fill(apps, schema_editor):
    """Walk activities_post_local, the newest first; each piece is committed by itself."""
    before = 2**63 - 1
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(
                """SELECT id FROM activities_post WHERE id < %s AND visibility IN (0, 4) AND is_local
                   AND boost_of_id IS NULL AND deleted_at IS NULL ORDER BY id DESC LIMIT %s""",
                [before, _PIECE],
            )
            ids = [row[0] for row in cursor.fetchall()]
            if not ids:
                return
            cursor.execute(
                """UPDATE activities_post p SET domain_id = a.domain_id FROM users_identity a
                   WHERE p.id = ANY(%s) AND a.id = p.author_id AND p.domain_id IS NULL""",
                [ids],
            )
            before = ids[-1]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("activities", "0010_add_domains_of_posts")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
