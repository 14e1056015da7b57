"""Identities remember whether media of new posts is marked as sensitive."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0006_add_sign_up_reasons_report_details_and_profile_tabs"),
    ]

    operations = [
        migrations.AddField(
            model_name="identity",
            name="default_sensitive",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
