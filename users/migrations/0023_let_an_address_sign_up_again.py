from django.db import migrations


class Migration(migrations.Migration):
    """An address may have several sign-ups until one is confirmed: see 0022."""

    dependencies = [("users", "0022_index_each_sign_up_of_an_address")]

    operations = [
        migrations.RemoveConstraint("user", "users_user_email"),
        migrations.RemoveConstraint("signup", "users_signup_handle"),
    ]
