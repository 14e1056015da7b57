"""The address that ends mails of a kind, for mail clients."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("users", "0083_index_who_watches"),
    ]

    operations = [
        migrations.AddField(
            model_name="mail",
            name="unsubscribe_url",
            field=models.TextField(db_default="", default=""),
        ),
    ]
