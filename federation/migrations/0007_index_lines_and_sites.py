from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Deliveries that are held back don't stand in the way of the others of their host; peers in doubt are found by site."""

    atomic = False
    dependencies = [("federation", "0006_give_doubtful_hosts_a_share")]

    operations = [
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("status", 0)),
                fields=["host", "retry_at", "id"],
                name="federation_delivery_host",
            ),
        ),
        RemoveIndexConcurrently(model_name="delivery", name="federation_delivery_queue"),
        AddIndexConcurrently(
            model_name="peer",
            index=models.Index(
                condition=models.Q(("state__in", ["trying", "probing"])),
                fields=["state", "site", "state_due_at"],
                name="federation_peer_fair",
            ),
        ),
    ]
