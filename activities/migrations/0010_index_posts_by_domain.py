import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

_PIECE = 5000

# A trigger, so that a server of the version before, which still runs, fills the column as well.
_TRIGGER = """
CREATE FUNCTION activities_post_set_domain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.domain_id := (SELECT domain_id FROM users_identity WHERE id = NEW.author_id);
    RETURN NEW;
END $$;
CREATE TRIGGER activities_post_domain BEFORE INSERT ON activities_post
    FOR EACH ROW WHEN (NEW.is_local AND NEW.domain_id IS NULL) EXECUTE FUNCTION activities_post_set_domain()
"""


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
    """A domain's own timeline is one range of an index, however quiet the domain is beside others."""

    atomic = False
    dependencies = [
        ("activities", "0009_fold_accents_of_hashtags"),
        ("users", "0007_remember_whose_media_is_sensitive"),
    ]

    operations = [
        migrations.AddField(
            model_name="post",
            name="domain",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="users.domain",
            ),
        ),
        migrations.RunSQL(
            _TRIGGER,
            "DROP TRIGGER activities_post_domain ON activities_post; DROP FUNCTION activities_post_set_domain()",
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        AddIndexConcurrently(
            model_name="post",
            index=models.Index(
                fields=["domain", "-id"],
                condition=models.Q(
                    visibility__in=[0, 4], is_local=True, boost_of__isnull=True, deleted_at__isnull=True
                ),
                name="activities_post_of_domain",
            ),
        ),
        RemoveIndexConcurrently(model_name="post", name="activities_post_local"),
    ]
