"""New accounts are reminded of a missing description; who has one keeps what they chose."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("users", "0084_let_mails_be_declined"),
    ]

    operations = [
        migrations.AlterField(
            model_name="identity",
            name="media_descriptions",
            field=models.SmallIntegerField(db_default=1, default=1),
        ),
    ]
