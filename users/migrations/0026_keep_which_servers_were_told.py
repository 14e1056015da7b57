from django.db import migrations, models


class Migration(migrations.Migration):
    """A deleted identity knows up to which server it was told."""

    dependencies = [("users", "0025_call_undone_revoked_activities")]

    operations = [
        migrations.AddField(
            model_name="identity",
            name="told_to",
            field=models.CharField(db_default="", default="", max_length=32),
        ),
    ]
