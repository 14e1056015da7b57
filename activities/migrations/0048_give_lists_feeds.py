from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("activities", "0047_count_contexts_of_walks")]

    operations = [
        migrations.AddField(
            model_name="peoplelist",
            name="feed_nonce",
            field=models.CharField(db_default="", default="", max_length=32),
        ),
    ]
