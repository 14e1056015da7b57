"""An index with which a job counts the reports that were resolved of late."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("users", "0077_index_covered_people"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="report",
            index=models.Index(
                fields=["resolved_at"],
                condition=models.Q(resolved_at__isnull=False),
                name="users_report_resolved",
            ),
        ),
    ]
