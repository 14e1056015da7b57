from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Who joined a domain in a week is a range of an index; so are the logins that came since a day."""

    atomic = False
    dependencies = [("users", "0014_index_staff")]

    operations = [
        AddIndexConcurrently(
            model_name="identity",
            index=models.Index(
                fields=["domain", "id"],
                condition=models.Q(domain__isnull=False),
                name="users_identity_of_domain",
            ),
        ),
        RemoveIndexConcurrently(model_name="identity", name="users_identity_local"),
        AddIndexConcurrently(
            model_name="user", index=models.Index(fields=["last_seen_at"], name="users_user_last_seen")
        ),
    ]
