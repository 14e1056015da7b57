"""A column for the name before the @ of the address that a domain's mails come from."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0107_choose_a_front_page"),
    ]

    operations = [
        migrations.AddField(
            model_name="domain",
            name="mail_name",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
    ]
