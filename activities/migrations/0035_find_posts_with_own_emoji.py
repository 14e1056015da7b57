from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The worker finds the local posts with emoji when the picture of one is deleted or replaced."""

    atomic = False
    dependencies = [("activities", "0034_look_at_remote_profiles")]

    operations = [
        AddIndexConcurrently(
            model_name="post",
            index=models.Index(
                fields=["id"],
                condition=models.Q(is_local=True) & ~models.Q(emojis=[]),
                name="activities_post_own_emojis",
            ),
        ),
    ]
