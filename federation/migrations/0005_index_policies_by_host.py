from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The few hosts with a policy have an index by name."""

    atomic = False
    dependencies = [("federation", "0004_look_up_policies_by_host")]

    operations = [
        AddIndexConcurrently(
            model_name="peer",
            index=models.Index(
                condition=models.Q(("policy", "open"), _negated=True),
                fields=["host"],
                name="federation_peer_ruled",
            ),
        ),
        RemoveIndexConcurrently(model_name="peer", name="federation_peer_policy"),
    ]
