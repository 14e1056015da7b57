from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("activities", "0082_try_rules_on_the_week")]

    operations = [
        migrations.CreateModel(
            name="RetentionPass",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("began_at", models.DateTimeField(db_default=Now())),
                ("ended_at", models.DateTimeField(null=True)),
                ("position", models.BigIntegerField(db_default=0, default=0)),
                ("looked_at", models.BigIntegerField(db_default=0, default=0)),
                ("removed", models.BigIntegerField(db_default=0, default=0)),
                ("removed_in_all", models.BigIntegerField(db_default=0, default=0)),
            ],
            options={"db_table": "activities_retentionpass"},
        ),
    ]
