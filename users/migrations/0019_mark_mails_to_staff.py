from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0018_say_whose_mail_it_is")]

    operations = [
        migrations.AddField(
            model_name="mail", name="staff_about", field=models.TextField(db_default="", default="")
        ),
    ]
