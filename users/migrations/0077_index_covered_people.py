"""An index with which staff find those whose media they cover."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("users", "0076_cover_media_of_people"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="identity",
            index=models.Index(
                fields=["id"],
                condition=models.Q(is_sensitized=True, deleted_at__isnull=True),
                name="users_identity_sensitized",
            ),
        ),
    ]
