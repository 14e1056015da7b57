"""Logins that staff restrict. Those of identities that are suspended already are restricted, too."""

from django.db import migrations, models

_OF_THE_SUSPENDED = """
    UPDATE users_user SET is_restricted = true
    WHERE role = 'member' AND id IN (SELECT a.user_id FROM users_identityaccess a JOIN users_identity i ON i.id = a.identity_id
                 WHERE i.restriction = 2 AND i.domain_id IS NOT NULL AND i.deleted_at IS NULL)
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0010_keep_names_of_sign_ups")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="is_restricted",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunSQL(_OF_THE_SUSPENDED, migrations.RunSQL.noop),
    ]
