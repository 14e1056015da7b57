"""Roles and who holds them, on a domain or on the whole server."""

import django.db.models.deletion
import django.db.models.functions.text
import django_async_backend.db.models.base
from django.db import migrations, models
from django.db.models.functions import Now

import core.ids

_BASES = (django_async_backend.db.models.base.AsyncModelMixin, models.Model)


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0061_let_domains_have_pictures"),
    ]

    operations = [
        migrations.CreateModel(
            name="Role",
            fields=[
                ("id", models.BigIntegerField(default=core.ids.new_id, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=50)),
                ("permissions", models.BigIntegerField()),
                ("color", models.CharField(blank=True, default="", max_length=7)),
                ("is_highlighted", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(db_default=Now())),
                (
                    "domain",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="users.domain",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("domain"),
                        django.db.models.functions.text.Lower("name"),
                        name="users_role_name",
                        nulls_distinct=False,
                    )
                ]
            },
            bases=_BASES,
        ),
        migrations.CreateModel(
            name="RoleGrant",
            fields=[
                ("id", models.BigIntegerField(default=core.ids.new_id, primary_key=True, serialize=False)),
                ("granted_by", models.BigIntegerField(null=True)),
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
                (
                    "role",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT, related_name="+", to="users.role"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="users.user",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "domain"), name="users_rolegrant_place", nulls_distinct=False
                    )
                ]
            },
            bases=_BASES,
        ),
        migrations.AddField(
            model_name="user",
            name="is_staff",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="user",
            name="rights",
            field=models.JSONField(db_default={}, default=dict),
        ),
        # the column stays for the version before, which reads it; this one inserts without it
        migrations.AlterField(
            model_name="user",
            name="role",
            field=models.CharField(db_default="member", default="member", max_length=10),
        ),
    ]
