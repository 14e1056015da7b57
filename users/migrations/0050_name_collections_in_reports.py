from django.db import migrations, models
from django.db.models import Value


class Migration(migrations.Migration):
    """The collections of people that a report names."""

    dependencies = [
        ("users", "0049_know_when_activities_were_said"),
    ]

    operations = [
        migrations.AddField(
            model_name="report",
            name="collection_ids",
            field=models.JSONField(default=list, db_default=Value([], models.JSONField())),
        ),
    ]
