"""Drafts remember the form that saved them, which may have gone before it learned their id."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("activities", "0049_saved_drafts")]

    operations = [
        migrations.AddField(
            model_name="saveddraft",
            name="once",
            field=models.CharField(db_default="", default="", max_length=64),
        ),
    ]
