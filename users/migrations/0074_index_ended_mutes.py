"""The index by which the worker finds mutes that have ended."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("users", "0073_index_accounts_for_staff"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="mute",
            index=models.Index(
                fields=["expires_at"], condition=models.Q(expires_at__isnull=False), name="users_mute_expires"
            ),
        ),
    ]
