from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Moderators find people, reports and sign-ups without reading all of them."""

    atomic = False
    dependencies = [("users", "0028_keep_figures_of_the_server")]

    operations = [
        AddIndexConcurrently(
            model_name="identity",
            index=models.Index(
                fields=["id"],
                condition=models.Q(("deleted_at__isnull", True), ("restriction__gt", 0)),
                name="users_identity_restricted",
            ),
        ),
        # the default collation's indexes serve no LIKE
        migrations.RunSQL(
            """CREATE INDEX CONCURRENTLY IF NOT EXISTS users_identity_local_name ON users_identity
               (lower(username) text_pattern_ops) WHERE domain_id IS NOT NULL""",
            "DROP INDEX users_identity_local_name",
        ),
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS users_identity_host ON users_identity (lower(host) text_pattern_ops)",
            "DROP INDEX users_identity_host",
        ),
        AddIndexConcurrently(
            model_name="report",
            index=models.Index(
                fields=["id"], condition=models.Q(("resolved_at__isnull", True)), name="users_report_waiting"
            ),
        ),
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(
                fields=["created_at"],
                condition=models.Q(("approved_at__isnull", True)),
                name="users_user_waiting",
            ),
        ),
    ]
