"""The index with which the worker finds domains that are due."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("users", "0101_give_domains_a_state"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="domain",
            index=models.Index(
                fields=["state", "state_due_at"],
                condition=models.Q(state_due_at__isnull=False),
                name="users_domain_due",
            ),
        ),
    ]
