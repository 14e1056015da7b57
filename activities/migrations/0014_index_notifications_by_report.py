"""A deleted report takes its notifications along without reading them all."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("activities", "0013_tell_staff_of_reports_and_sign_ups")]

    operations = [
        AddIndexConcurrently(
            model_name="notification",
            index=models.Index(
                fields=["report"], condition=models.Q(report__isnull=False), name="notification_report"
            ),
        ),
    ]
