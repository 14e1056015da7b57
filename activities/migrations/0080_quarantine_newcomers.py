"""Posts of people new to this server wait without a rule of staff."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("activities", "0079_forget_apps_with_writers")]

    operations = [
        migrations.AlterField(
            model_name="shelteredpost", name="rule_id", field=models.BigIntegerField(null=True)
        ),
        migrations.AddField(
            model_name="shelteredpost",
            name="site",
            field=models.CharField(db_default="", default="", max_length=255),
        ),
    ]
