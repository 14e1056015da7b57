"""An index with which a new post finds the few followers who wish to be notified of it."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("users", "0082_keep_circles"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="follow",
            index=models.Index(
                fields=["target", "-id"], condition=models.Q(notifies=True), name="users_follow_watching"
            ),
        ),
    ]
