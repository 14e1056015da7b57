from django.db import migrations, models


class Migration(migrations.Migration):
    """Peers know their site and whether they are slow."""

    dependencies = [("federation", "0005_index_policies_by_host")]

    operations = [
        migrations.AddField(
            model_name="peer",
            name="is_slow",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="peer",
            name="site",
            field=models.CharField(db_default="", default="", max_length=255),
        ),
    ]
