"""Staff are found by their roles."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("users", "0063_give_staff_their_roles"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(
                condition=models.Q(("is_staff", True)), fields=["id"], name="users_user_of_staff"
            ),
        ),
        RemoveIndexConcurrently(model_name="user", name="users_user_staff"),
    ]
