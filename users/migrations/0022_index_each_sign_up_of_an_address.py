from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Lower

from core.db.unique_index import UniqueIndex


class Migration(migrations.Migration):
    """An address is unique once it is confirmed. Before, it may have several sign-ups, which may ask for one name."""

    atomic = False
    dependencies = [("users", "0021_say_whom_staff_restricted")]

    operations = [
        AddIndexConcurrently("user", models.Index(Lower("email"), name="users_user_address")),
        AddIndexConcurrently(
            "user",
            UniqueIndex(
                Lower("email"),
                condition=models.Q(("confirmed_at__isnull", False)),
                name="users_user_confirmed_email",
            ),
        ),
        AddIndexConcurrently(
            "signup", models.Index(Lower("username"), models.F("domain"), name="users_signup_name")
        ),
    ]
