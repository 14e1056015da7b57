"""The state of a domain: served or paused."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0100_find_ended_rules_on_email_domains"),
    ]

    operations = [
        migrations.AddField(
            model_name="domain",
            name="state",
            field=models.TextField(db_default="served", editable=False),
        ),
        migrations.AddField(
            model_name="domain",
            name="state_attempts",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name="domain",
            name="state_changed_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False
            ),
        ),
        migrations.AddField(
            model_name="domain",
            name="state_due_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="domain",
            name="state_error",
            field=models.TextField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="domain",
            name="state_failed_in",
            field=models.TextField(editable=False, null=True),
        ),
        # of a domain that is being removed: the last of its identities that was told, or deleted
        migrations.AddField(
            model_name="domain",
            name="removed_to",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
    ]
