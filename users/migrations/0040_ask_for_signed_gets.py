from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0039_keep_custom_emoji")]

    operations = [
        migrations.AddField("domain", "authorized_fetch", models.BooleanField(default=False, db_default=False)),
    ]
