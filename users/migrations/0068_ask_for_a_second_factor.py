"""Authenticator apps and recovery codes of logins."""

import django.db.models.deletion
import django_async_backend.db.models.base
from django.db import migrations, models

import core.ids

_BASES = (django_async_backend.db.models.base.AsyncModelMixin, models.Model)


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0067_keep_what_staff_did"),
    ]

    operations = [
        migrations.AddField("user", "has_totp", models.BooleanField(default=False, db_default=False)),
        migrations.AddField("session", "is_strong", models.BooleanField(default=False, db_default=False)),
        migrations.CreateModel(
            name="Totp",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="users.user",
                    ),
                ),
                ("secret", models.TextField()),
                ("last_step", models.BigIntegerField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"abstract": False},
            bases=_BASES,
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", models.BigIntegerField(default=core.ids.new_id, primary_key=True, serialize=False)),
                ("code_hash", models.CharField(max_length=64)),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="users.user"
                    ),
                ),
            ],
            bases=_BASES,
        ),
        migrations.AddConstraint(
            model_name="recoverycode",
            constraint=models.UniqueConstraint(
                fields=("user", "code_hash"), name="users_recoverycode_of_user"
            ),
        ),
    ]
