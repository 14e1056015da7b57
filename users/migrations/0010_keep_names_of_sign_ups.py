"""A table for those who are not in yet. Logins that wait already get their row; a job removes the identities they were given too early."""

import django.db.models.deletion
import django.db.models.functions.text
import django_async_backend.db.models.base
from django.db import migrations, models

_THOSE_WHO_WAIT = """
    INSERT INTO users_signup (user_id, domain_id, username, created_at)
    SELECT DISTINCT ON (u.id) u.id, i.domain_id, i.username, u.created_at
    FROM users_user u
    JOIN users_identityaccess a ON a.user_id = u.id AND a.is_owner
    JOIN users_identity i ON i.id = a.identity_id AND i.domain_id IS NOT NULL AND i.deleted_at IS NULL
    WHERE (u.confirmed_at IS NULL OR u.approved_at IS NULL) AND u.role = 'member' AND u.last_seen_at IS NULL
    ORDER BY u.id, i.id
    ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0009_keep_when_activities_were_undone")]

    operations = [
        migrations.CreateModel(
            name="SignUp",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="users.user",
                    ),
                ),
                ("username", models.CharField(max_length=255)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "domain",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="users.domain"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("username"),
                        models.F("domain"),
                        name="users_signup_handle",
                    )
                ]
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
        migrations.RunSQL(_THOSE_WHO_WAIT, migrations.RunSQL.noop),
    ]
