"""Deleted posts can be restored for a moment."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0057_delete_old_posts'),
    ]

    operations = [
        migrations.CreateModel(
            name='PostWithdrawal',
            fields=[
                ('state_changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('state_attempts', models.PositiveSmallIntegerField(db_default=0, default=0, editable=False)),
                ('state_error', models.TextField(editable=False, null=True)),
                ('state_failed_in', models.TextField(editable=False, null=True)),
                ('post', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='activities.post')),
                ('was', models.TextField()),
                ('state', models.TextField(db_default='waiting', editable=False)),
                ('state_due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, null=True)),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('state_due_at__isnull', False)), fields=['state', 'state_due_at'], name='activi_postwithdrawal_due'), models.Index(condition=models.Q(('state', 'failed')), fields=['state_changed_at'], name='activi_postwithdrawal_failed')],
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
    ]
