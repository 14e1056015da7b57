from django.db import migrations, models


class Migration(migrations.Migration):
    """An edited identity knows up to which follower its edit was announced."""

    dependencies = [("users", "0031_keep_where_logins_were_let_in")]

    operations = [
        migrations.AddField(
            model_name="identity", name=name, field=models.BigIntegerField(null=True)
        )
        for name in ("announced_as", "announced_to")
    ]
