"""Idempotency keys belong to authors now (activities). The table stays for the code that still runs, and goes with the next release."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("api", "0004_tell_of_notifications_and_ended_tokens")]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name="IdempotencyKey")]),
    ]
