"""The other identity of the login from which a limit, or covered media, came."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0108_name_the_sender_of_mails"),
    ]

    operations = [
        migrations.AddField(
            model_name="identity", name="limited_with", field=models.BigIntegerField(null=True)
        ),
        migrations.AddField(
            model_name="identity", name="sensitized_with", field=models.BigIntegerField(null=True)
        ),
    ]
