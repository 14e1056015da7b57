"""Indexes with which staff find disabled logins, and those that were used from an address."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("users", "0072_keep_access_rules"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="session",
            index=models.Index(fields=["address"], name="users_session_address"),
        ),
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(
                fields=["id"], condition=models.Q(is_disabled=True), name="users_user_disabled"
            ),
        ),
    ]
