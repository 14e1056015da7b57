from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import MD5, Coalesce, NullIf


class Migration(migrations.Migration):
    """The inboxes of known servers are found one after another."""

    atomic = False
    dependencies = [("users", "0026_keep_which_servers_were_told")]

    operations = [
        AddIndexConcurrently(
            model_name="identity",
            index=models.Index(
                MD5(Coalesce(NullIf("shared_inbox_url", models.Value("")), "inbox_url")),
                condition=models.Q(
                    ("deleted_at__isnull", True),
                    ("domain__isnull", True),
                    models.Q(("inbox_url", ""), _negated=True),
                ),
                name="users_identity_inbox",
            ),
        ),
    ]
