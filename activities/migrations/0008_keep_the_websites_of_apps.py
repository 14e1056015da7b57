"""The website of the app that a post was written with. Written by the database for code of before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0007_check_remote_quotes"),
    ]

    operations = [
        migrations.AddField(
            model_name="post",
            name="application_website",
            field=models.CharField(db_default="", default="", max_length=2048),
        ),
    ]
