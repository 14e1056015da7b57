"""Identities remember whether content warnings open by themselves, and which media does."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0054_ask_for_descriptions_of_media"),
    ]

    operations = [
        migrations.AddField(
            model_name="identity",
            name="opens_warnings",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="identity",
            name="expands_media",
            field=models.CharField(
                choices=[("default", "Default"), ("show_all", "Show All"), ("hide_all", "Hide All")],
                db_default="default",
                default="default",
                max_length=8,
            ),
        ),
    ]
