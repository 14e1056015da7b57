"""Identities remember who may quote new posts."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0007_remember_whose_media_is_sensitive'),
    ]

    operations = [
        migrations.AddField(
            model_name='identity',
            name='default_quote_policy',
            field=models.SmallIntegerField(db_default=1, default=1),
        ),
    ]
