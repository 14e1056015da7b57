"""Passkeys of logins."""

import django.db.models.deletion
import django_async_backend.db.models.base
from django.db import migrations, models

import core.ids

_BASES = (django_async_backend.db.models.base.AsyncModelMixin, models.Model)


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0068_ask_for_a_second_factor"),
    ]

    operations = [
        migrations.AddField("user", "has_passkey", models.BooleanField(default=False, db_default=False)),
        migrations.CreateModel(
            name="Passkey",
            fields=[
                ("id", models.BigIntegerField(default=core.ids.new_id, primary_key=True, serialize=False)),
                ("credential_id", models.BinaryField(unique=True)),
                ("attested", models.BinaryField()),
                ("sign_count", models.BigIntegerField(default=0)),
                ("name", models.CharField(max_length=60)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                (
                    "domain",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="users.domain",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="users.user"),
                ),
            ],
            options={"abstract": False},
            bases=_BASES,
        ),
    ]
