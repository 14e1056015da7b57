"""Hashtags of local posts from before 0028 get the domain, in pieces: interrupted, it is begun again."""

from django.db import migrations

_PIECE = 2000


def fill(apps, schema_editor):
    """Walk activities_post_tag_pair; each piece is committed by itself."""
    after = 0
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT DISTINCT post_id FROM activities_posttag WHERE post_id > %s ORDER BY post_id LIMIT %s",
                [after, _PIECE],
            )
            ids = [row[0] for row in cursor.fetchall()]
            if not ids:
                return
            cursor.execute(
                """UPDATE activities_posttag g SET domain_id = p.domain_id FROM activities_post p
                   WHERE g.post_id = ANY(%s) AND p.id = g.post_id AND g.domain_id IS DISTINCT FROM p.domain_id""",
                [ids],
            )
            after = ids[-1]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("activities", "0028_know_domains_of_hashtags")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
