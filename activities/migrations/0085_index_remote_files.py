"""An index to find the posts with a remote file that was copied."""

from django.contrib.postgres.indexes import HashIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("activities", "0084_name_files_in_rules")]

    operations = [
        AddIndexConcurrently(
            model_name="attachment",
            index=HashIndex(
                fields=["url"],
                name="activities_attachment_url",
                condition=models.Q(post__isnull=False, file=""),
            ),
        ),
    ]
