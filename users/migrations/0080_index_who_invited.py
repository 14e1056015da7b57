"""An index with which staff find those whom somebody invited."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("users", "0079_remember_who_invited"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(
                fields=["invited_by"],
                condition=models.Q(invited_by__isnull=False),
                name="users_user_invited_by",
            ),
        ),
    ]
