"""A rule of the storm shelter can limit the author. The database doesn't change."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("activities", "0074_index_posts_of_profiles")]

    operations = [
        migrations.AlterField(
            model_name="shelterrule",
            name="action",
            field=models.CharField(
                choices=[
                    ("hold", "Hold"),
                    ("drop", "Drop"),
                    ("mark", "Mark"),
                    ("report", "Report"),
                    ("limit", "Limit"),
                ],
                max_length=10,
            ),
        ),
    ]
