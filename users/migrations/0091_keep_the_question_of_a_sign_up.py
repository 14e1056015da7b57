"""Keep what a sign-up was asked, shown beside the answer: the question of the domain may change before staff read it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0090_find_what_leaves")]

    operations = [
        migrations.AddField(
            model_name="user", name="sign_up_question", field=models.TextField(db_default="", default="")
        ),
    ]
