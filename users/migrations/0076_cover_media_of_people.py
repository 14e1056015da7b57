"""A mark of staff that covers the media of all posts of somebody."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("users", "0075_assign_reports"),
    ]

    operations = [
        migrations.AddField(
            "identity", "is_sensitized", models.BooleanField(default=False, db_default=False)
        ),
        migrations.AlterField(
            "accountwarning",
            "action",
            models.CharField(
                max_length=30,
                choices=[
                    ("none", "None"),
                    ("mark_statuses_as_sensitive", "Mark Statuses As Sensitive"),
                    ("delete_statuses", "Delete Statuses"),
                    ("sensitive", "Sensitive"),
                    ("silence", "Silence"),
                    ("suspend", "Suspend"),
                    ("freeze", "Freeze"),
                    ("disable", "Disable"),
                ],
            ),
        ),
    ]
