"""Attachments from before 0023 get their domain, and hashtags of their posts the mark, in pieces: interrupted, it is begun again."""

from django.db import migrations

_PIECE = 2000


def fill(apps, schema_editor):
    """Walk activities_attachment_post; each piece is committed by itself."""
    after = 0
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(
                """SELECT DISTINCT post_id FROM activities_attachment WHERE post_id > %s ORDER BY post_id LIMIT %s""",
                [after, _PIECE],
            )
            ids = [row[0] for row in cursor.fetchall()]
            if not ids:
                return
            cursor.execute(
                """UPDATE activities_attachment t SET domain_id = p.domain_id FROM activities_post p
                   WHERE t.post_id = ANY(%s) AND p.id = t.post_id AND t.domain_id IS DISTINCT FROM p.domain_id""",
                [ids],
            )
            # by what is attached now, not when the piece was read; a trigger that is at it holds the row
            cursor.execute(
                """UPDATE activities_posttag g SET has_media = true WHERE g.post_id = ANY(%s) AND NOT g.has_media
                   AND EXISTS (SELECT 1 FROM activities_attachment t WHERE t.post_id = g.post_id)""",
                [ids],
            )
            after = ids[-1]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("activities", "0023_know_which_posts_have_media")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
