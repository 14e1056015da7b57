"""A role may ask for a second factor of those who hold it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("users", "0070_warn_people"),
    ]

    operations = [
        migrations.AddField("role", "needs_factor", models.BooleanField(default=False, db_default=False)),
        migrations.AddField("user", "needs_factor", models.BooleanField(default=False, db_default=False)),
    ]
