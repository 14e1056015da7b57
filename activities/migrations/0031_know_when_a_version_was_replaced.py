from django.db import migrations, models


class Migration(migrations.Migration):
    """Reports show what a post said when it was reported. Versions that were kept before this have no such time."""

    dependencies = [("activities", "0030_index_hashtags_by_domain")]

    operations = [
        migrations.AddField(
            model_name="revision", name="replaced_at", field=models.DateTimeField(null=True)
        ),
    ]
