"""An end for rules on e-mail domains, as those on networks have."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0098_limit_invitations_and_mails_to_staff")]

    operations = [
        migrations.AddField(
            model_name="emaildomainblock", name="expires_at", field=models.DateTimeField(null=True)
        ),
    ]
