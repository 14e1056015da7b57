"""Indexes for the job that erases identities and logins two weeks after their owners deleted them."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("users", "0089_let_owners_take_back_deletions"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="identity",
            index=models.Index(
                fields=["leaves_at"],
                condition=models.Q(leaves_at__isnull=False, deleted_at__isnull=True),
                name="users_identity_leaving",
            ),
        ),
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(
                fields=["leaves_at"], condition=models.Q(leaves_at__isnull=False), name="users_user_leaving"
            ),
        ),
    ]
