"""The column `users_domain.rules` is read by the version before only; a later release drops it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0095_move_rules_to_rows")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField(model_name="domain", name="rules")],
        ),
    ]
