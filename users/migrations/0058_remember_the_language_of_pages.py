"""Logins remember the language of their pages and mails."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0057_remember_how_pages_look"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="language",
            field=models.CharField(db_default="", default="", max_length=10),
        ),
    ]
