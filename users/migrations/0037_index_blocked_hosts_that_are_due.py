from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The worker finds the blocks of hosts that it has to go on with."""

    atomic = False
    dependencies = [("users", "0036_part_from_blocked_hosts_in_pieces")]

    operations = [
        AddIndexConcurrently(
            model_name="hostblock",
            index=models.Index(
                fields=["state", "state_due_at"],
                condition=models.Q(state_due_at__isnull=False),
                name="users_hostblock_due",
            ),
        ),
    ]
