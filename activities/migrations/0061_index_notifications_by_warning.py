"""A deleted warning takes its notifications along without reading them all."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("activities", "0060_notify_of_warnings")]

    operations = [
        AddIndexConcurrently(
            model_name="notification",
            index=models.Index(
                fields=["warning"], condition=models.Q(warning__isnull=False), name="notification_warning"
            ),
        ),
    ]
