"""The login whose invitation let somebody in, and texts that staff prepare for warnings."""

import django.db.models.deletion
import django_async_backend.db.models.base
from django.db import migrations, models
from django.db.models.functions import Now

import core.ids


class Migration(migrations.Migration):

    dependencies = [
        ("users", "0078_index_resolved_reports"),
    ]

    operations = [
        migrations.AddField("user", "invited_by", models.BigIntegerField(null=True)),
        migrations.CreateModel(
            name="WarningPreset",
            fields=[
                (
                    "id",
                    models.BigIntegerField(default=core.ids.new_id, primary_key=True, serialize=False),
                ),
                ("title", models.CharField(default="", max_length=100)),
                ("text", models.TextField()),
                ("created_at", models.DateTimeField(db_default=Now())),
                (
                    "domain",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="users.domain",
                    ),
                ),
            ],
            options={"abstract": False},
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
    ]
