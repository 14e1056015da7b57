import django.db.models.deletion
import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0017_index_words_of_posts"),
        ("users", "0016_keep_known_networks"),
    ]

    operations = [
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.BinaryField(max_length=32)),
                ("post_id", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
                (
                    "author",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="users.identity"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["created_at"], name="activities_idempotency_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("author", "key"), name="activities_idempotency_key_once")
                ],
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
    ]
