"""A deleted collection takes its notifications along without reading them all."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("activities", "0045_notify_of_collections")]

    operations = [
        AddIndexConcurrently(
            model_name="notification",
            index=models.Index(
                fields=["collection"],
                condition=models.Q(collection__isnull=False),
                name="notification_collection",
            ),
        ),
    ]
