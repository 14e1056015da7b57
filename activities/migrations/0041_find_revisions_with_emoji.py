from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The worker finds the earlier versions of posts with emoji when the picture of one is deleted or replaced."""

    atomic = False
    dependencies = [("activities", "0040_keep_facts_of_posts")]

    operations = [
        AddIndexConcurrently(
            model_name="revision",
            index=models.Index(fields=["id"], condition=~models.Q(emojis=[]), name="activities_revision_emojis"),
        ),
    ]
