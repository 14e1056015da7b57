from django.db import migrations, models

# Restricted without a suspended identity: staff did it by hand, or the identity is gone; only staff's word frees either. Reads the
# restricted logins, which are few, by users_identity_access_pair.
_BY_HAND = """
    UPDATE users_user u SET is_restricted_by_hand = true
    WHERE u.is_restricted AND NOT EXISTS (
        SELECT 1 FROM users_identityaccess a JOIN users_identity i ON i.id = a.identity_id
        WHERE a.user_id = u.id AND i.restriction = 2 AND i.deleted_at IS NULL)
"""


class Migration(migrations.Migration):
    """A login that staff restricted themselves is not freed with an identity."""

    dependencies = [("users", "0020_index_mails_to_staff")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="is_restricted_by_hand",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunSQL(_BY_HAND, migrations.RunSQL.noop),
    ]
