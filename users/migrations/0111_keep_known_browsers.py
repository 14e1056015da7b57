"""The browsers in which a login signed in lately, beside the networks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0110_index_where_limits_came_from"),
    ]

    operations = [
        migrations.AddField(
            model_name="knownnetwork",
            name="is_browser",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
