"""An index to count the waiting posts of a site before another is kept."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("activities", "0080_quarantine_newcomers")]

    operations = [
        AddIndexConcurrently(
            model_name="shelteredpost",
            index=models.Index(
                fields=["site"],
                condition=models.Q(("rule_id__isnull", True)),
                name="activities_sheltered_site",
            ),
        ),
    ]
