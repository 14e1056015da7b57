"""A profile doesn't read its author's private mentions to leave them out."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("activities", "0073_measure_uploads")]

    operations = [
        AddIndexConcurrently(
            model_name="post",
            index=models.Index(
                fields=["author", "-id"],
                condition=models.Q(("visibility", 3), _negated=True),
                name="activities_post_author_shown",
            ),
        ),
    ]
