"""The limits of a domain that differ from the defaults."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0102_find_domains_to_work_on"),
    ]

    operations = [
        migrations.AddField(
            model_name="domain",
            name="limits",
            field=models.JSONField(db_default={}, default=dict),
        ),
    ]
