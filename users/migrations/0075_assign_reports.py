"""Columns for the logins of staff that deal with a report, and that resolved it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("users", "0074_index_ended_mutes"),
    ]

    operations = [
        migrations.AddField("report", "assigned_to", models.BigIntegerField(null=True)),
        migrations.AddField("report", "resolved_by", models.BigIntegerField(null=True)),
    ]
