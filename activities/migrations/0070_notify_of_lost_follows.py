"""People are notified of follows that blocks and suspensions cost."""

import django.db.models.deletion
from django.db import migrations, models

_KINDS = (
    "mention status reblog follow follow_request favourite poll update quote quoted_update added_to_collection collection_update "
    "pending.reply pending.favourite pending.reblog scheduled_failed moderation_warning severed_relationships admin.sign_up admin.report"
)


class Migration(migrations.Migration):

    dependencies = [
        ("activities", "0069_unbind_homes"),
        ("users", "0086_list_lost_follows"),
    ]

    operations = [
        migrations.AddField(
            model_name="notification",
            name="severance",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="users.severance",
            ),
        ),
        migrations.AlterField(
            model_name="notification",
            name="kind",
            field=models.CharField(
                choices=[(one, one.replace("_", " ").replace(".", " ").title()) for one in _KINDS.split()],
                max_length=30,
            ),
        ),
    ]
