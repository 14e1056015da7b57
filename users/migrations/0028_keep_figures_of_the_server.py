import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):
    """The overview of moderators reads one row."""

    dependencies = [("users", "0027_find_known_servers")]

    operations = [
        migrations.CreateModel(
            name="ServerFigures",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("logins", models.IntegerField()),
                ("identities", models.IntegerField()),
                ("active_month", models.IntegerField()),
                ("posts", models.BigIntegerField()),
                ("peers", models.IntegerField()),
                ("blocked_peers", models.IntegerField()),
                ("counted_at", models.DateTimeField()),
            ],
            options={"abstract": False},
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
    ]
