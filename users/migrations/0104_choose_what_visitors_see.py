"""Columns for what visitors and crawlers see of a domain, and for the audience of posts by its new people."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0103_limit_what_people_write"),
    ]

    operations = [
        migrations.AddField(
            model_name="domain",
            name="crawlers",
            field=models.CharField(
                choices=[("all", "All"), ("no_ai", "No Ai"), ("none", "None")],
                db_default="all",
                default="all",
                max_length=5,
            ),
        ),
        migrations.AddField(
            model_name="domain",
            name="contact_id",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="domain",
            name="shows_trends",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name="domain",
            name="shows_directory",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name="domain",
            name="default_visibility",
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
    ]
