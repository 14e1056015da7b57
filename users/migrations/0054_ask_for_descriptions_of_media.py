from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0053_make_domains_blue_green")]

    operations = [
        migrations.AddField(
            model_name="identity",
            name="media_descriptions",
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
    ]
