from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """A folder of bookmarks is one range of an index."""

    atomic = False
    dependencies = [("activities", "0051_keep_bookmarks_in_folders")]

    operations = [
        AddIndexConcurrently(
            model_name="bookmark",
            index=models.Index(
                fields=["folder", "-id"],
                condition=models.Q(folder__isnull=False),
                name="activities_bookmark_in_folder",
            ),
        ),
    ]
