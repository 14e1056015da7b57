"""Staff of a domain upload packs of emoji, and see their own only."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0113_lose_follows_by_domain'),
    ]

    operations = [
        migrations.AddField(
            model_name='emojipack',
            name='uploaded_by',
            field=models.BigIntegerField(null=True),
        ),
    ]
