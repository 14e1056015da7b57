"""The index for the job that deletes ended rules on e-mail domains."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("users", "0099_let_rules_on_email_domains_end")]

    operations = [
        AddIndexConcurrently(
            model_name="emaildomainblock",
            index=models.Index(
                fields=["expires_at"],
                condition=models.Q(expires_at__isnull=False),
                name="users_emaildomainblock_expires",
            ),
        ),
    ]
