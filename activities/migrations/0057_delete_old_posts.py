"""People let their old posts be deleted."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0056_count_days_of_domains'),
        ('users', '0066_find_reports_about_somebody'),
    ]

    operations = [
        migrations.CreateModel(
            name='OldPosts',
            fields=[
                ('state_changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('state_attempts', models.PositiveSmallIntegerField(db_default=0, default=0, editable=False)),
                ('state_error', models.TextField(editable=False, null=True)),
                ('state_failed_in', models.TextField(editable=False, null=True)),
                ('identity', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='users.identity')),
                ('days', models.SmallIntegerField(default=14)),
                ('keeps_pinned', models.BooleanField(default=True)),
                ('keeps_bookmarked', models.BooleanField(default=True)),
                ('keeps_liked', models.BooleanField(default=True)),
                ('keeps_private', models.BooleanField(default=True)),
                ('keeps_polls', models.BooleanField(default=False)),
                ('keeps_media', models.BooleanField(default=False)),
                ('keeps_boosts', models.BooleanField(default=False)),
                ('least_likes', models.IntegerField(null=True)),
                ('least_boosts', models.IntegerField(null=True)),
                ('looked_to', models.BigIntegerField(default=0)),
                ('state', models.TextField(db_default='off', editable=False)),
                ('state_due_at', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('state_due_at__isnull', False)), fields=['state', 'state_due_at'], name='activi_oldposts_due')],
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
    ]
