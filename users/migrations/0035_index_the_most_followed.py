from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The most followed people of a domain are the beginning of an index."""

    atomic = False
    dependencies = [("users", "0034_index_follow_requests")]

    operations = [
        AddIndexConcurrently(
            model_name="identity",
            index=models.Index(
                models.F("domain"),
                models.F("followers_count").desc(),
                condition=models.Q(
                    domain__isnull=False, is_discoverable=True, restriction=0, deleted_at__isnull=True
                ),
                name="users_identity_popular",
            ),
        ),
    ]
