from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("stator", "0002_call_tallies_counts")]

    operations = [
        migrations.AddField(
            model_name="workerheartbeat",
            name="metrics",
            field=models.TextField(db_default="[]", default="[]"),
        ),
    ]
