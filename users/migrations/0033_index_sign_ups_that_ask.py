from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Moderators find the sign-ups that were confirmed, however many were not."""

    atomic = False
    dependencies = [("users", "0032_keep_how_far_an_edit_was_announced")]

    operations = [
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(
                fields=["created_at"],
                condition=models.Q(("approved_at__isnull", True), ("confirmed_at__isnull", False)),
                name="users_user_asks",
            ),
        ),
    ]
