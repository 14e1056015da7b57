from django.db import migrations


class Migration(migrations.Migration):
    """pg_trgm is a trusted extension since PostgreSQL 13: whoever may create tables here may create it."""

    dependencies = [("users", "0003_add_notes_endorsements_and_host_blocks")]

    operations = [
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS pg_trgm", migrations.RunSQL.noop),
        migrations.RunSQL(
            """CREATE INDEX users_identity_similar ON users_identity
               USING gin ((lower(username || ' ' || name)) gin_trgm_ops) WHERE deleted_at IS NULL""",
            "DROP INDEX users_identity_similar",
        ),
    ]
