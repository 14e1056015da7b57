from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations

from core.db.unique_index import UniqueIndex


class Migration(migrations.Migration):
    """A session has one subscription for each identity."""

    atomic = False
    dependencies = [("api", "0008_push_to_sessions")]

    operations = [
        AddIndexConcurrently(
            "pushsubscription",
            UniqueIndex(fields=["session", "identity"], name="api_push_of_session"),
        ),
    ]
