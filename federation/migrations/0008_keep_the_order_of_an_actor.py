from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The messages of an actor that are not over are found in their order."""

    atomic = False
    dependencies = [("federation", "0007_index_lines_and_sites")]

    operations = [
        AddIndexConcurrently(
            model_name="inboxmessage",
            index=models.Index(
                condition=models.Q(("state__in", ["unverified", "received", "fetching"])),
                fields=["actor", "id"],
                name="federation_inbox_order",
            ),
        ),
        RemoveIndexConcurrently(model_name="inboxmessage", name="federation_inbox_fetching"),
    ]
