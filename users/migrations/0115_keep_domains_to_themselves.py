"""Columns for a domain that doesn't federate, and for profiles that visitors don't see."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0114_let_staff_of_domains_upload_packs"),
    ]

    operations = [
        migrations.AddField(
            model_name="domain",
            name="is_local_only",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="domain",
            name="shows_profiles",
            field=models.BooleanField(db_default=True, default=True),
        ),
    ]
