from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The messages of an actor that are on their first way through the queue are found in their order."""

    atomic = False
    dependencies = [("federation", "0007_index_lines_and_sites")]

    operations = [
        AddIndexConcurrently(
            model_name="inboxmessage",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ["unverified", "received", "fetching"]),
                    ("tries", 0),
                    models.Q(
                        ("state_error__isnull", True),
                        ("state_error", "waits for an earlier message of the same actor"),
                        _connector="OR",
                    ),
                ),
                fields=["actor", "id"],
                name="federation_inbox_order",
            ),
        ),
        RemoveIndexConcurrently(model_name="inboxmessage", name="federation_inbox_fetching"),
    ]
