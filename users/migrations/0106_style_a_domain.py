"""A table for the style sheets that staff write for their domains, and the version of what is served, which every page needs."""

import django.db.models.deletion
import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0105_share_identities"),
    ]

    operations = [
        migrations.CreateModel(
            name="DomainStyle",
            fields=[
                (
                    "domain",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="users.domain",
                    ),
                ),
                ("source", models.TextField()),
                ("css", models.TextField()),
                ("removed", models.JSONField(db_default=models.Value([], models.JSONField()), default=list)),
            ],
            options={"abstract": False},
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
        migrations.AddField(
            model_name="domain",
            name="style_version",
            field=models.CharField(db_default="", default="", max_length=16),
        ),
    ]
