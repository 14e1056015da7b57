from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("federation", "0010_index_hosts_without_media")]

    operations = [
        migrations.AlterField(
            "peer",
            "policy",
            models.CharField(
                choices=[
                    ("open", "Open"),
                    ("allowed", "Allowed"),
                    ("limited", "Limited"),
                    ("blocked", "Blocked"),
                ],
                db_default="open",
                default="open",
                max_length=10,
            ),
        )
    ]
