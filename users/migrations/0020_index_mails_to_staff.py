from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """What was sent to staff lately is found without reading all mails."""

    atomic = False
    dependencies = [("users", "0019_mark_mails_to_staff")]

    operations = [
        AddIndexConcurrently(
            model_name="mail",
            index=models.Index(
                condition=models.Q(("staff_about", ""), _negated=True),
                fields=["staff_about", "recipient"],
                name="users_mail_to_staff",
            ),
        ),
    ]
