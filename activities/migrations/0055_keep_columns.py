"""People keep columns of timelines side by side."""

import django.db.models.deletion
import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0054_react_to_announcements_with_custom_emoji'),
        ('users', '0060_find_collections_by_their_words'),
    ]

    operations = [
        migrations.CreateModel(
            name='Deck',
            fields=[
                ('identity', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='users.identity')),
                ('columns', models.JSONField()),
                ('next_number', models.IntegerField()),
            ],
            options={
                'abstract': False,
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
    ]
