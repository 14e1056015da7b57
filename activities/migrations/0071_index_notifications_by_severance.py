"""A deleted severance takes its notifications along without reading them all."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("activities", "0070_notify_of_lost_follows")]

    operations = [
        AddIndexConcurrently(
            model_name="notification",
            index=models.Index(
                fields=["severance"],
                condition=models.Q(severance__isnull=False),
                name="notification_severance",
            ),
        ),
    ]
