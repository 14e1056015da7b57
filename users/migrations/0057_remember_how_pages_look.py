"""Logins remember how pages look to them: theme, size of text, density."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0056_bring_follows"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="theme",
            field=models.CharField(
                choices=[
                    ("system", "System"),
                    ("light", "Light"),
                    ("dark", "Dark"),
                    ("contrast", "Contrast"),
                ],
                db_default="system",
                default="system",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="text_size",
            field=models.CharField(
                choices=[
                    ("small", "Small"),
                    ("normal", "Normal"),
                    ("large", "Large"),
                    ("largest", "Largest"),
                ],
                db_default="normal",
                default="normal",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="is_compact",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
