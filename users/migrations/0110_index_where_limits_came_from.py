"""The indexes with which lifting a limit finds the identities that it came to."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("users", "0109_limit_the_other_identities"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="identity",
            index=models.Index(
                fields=["limited_with"],
                condition=models.Q(limited_with__isnull=False),
                name="users_identity_limited_with",
            ),
        ),
        AddIndexConcurrently(
            model_name="identity",
            index=models.Index(
                fields=["sensitized_with"],
                condition=models.Q(sensitized_with__isnull=False),
                name="users_identity_covered_with",
            ),
        ),
    ]
