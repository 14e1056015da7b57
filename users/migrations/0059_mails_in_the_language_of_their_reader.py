"""Mails remember the language that they are in."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0058_remember_the_language_of_pages"),
    ]

    operations = [
        migrations.AddField(
            model_name="mail",
            name="language",
            field=models.CharField(db_default="", default="", max_length=10),
        ),
    ]
