"""The column `users_user.role` is read by the version before only; a later release drops it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0064_index_who_holds_a_role"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField(model_name="user", name="role")],
        ),
    ]
