"""Blocklists are fetched from addresses daily."""

import core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0086_list_lost_follows'),
    ]

    operations = [
        migrations.CreateModel(
            name='ListedServer',
            fields=[
                ('host', models.CharField(max_length=255, primary_key=True, serialize=False)),
                ('given', models.CharField(max_length=100)),
                ('note', models.CharField(db_default='', default='', max_length=1000)),
                ('is_overruled', models.BooleanField(db_default=False, default=False)),
            ],
            options={
                'abstract': False,
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('state_changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('state_attempts', models.PositiveSmallIntegerField(db_default=0, default=0, editable=False)),
                ('state_error', models.TextField(editable=False, null=True)),
                ('state_failed_in', models.TextField(editable=False, null=True)),
                ('id', models.BigIntegerField(default=core.ids.new_id, primary_key=True, serialize=False)),
                ('address', models.CharField(max_length=2048, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('user_id', models.BigIntegerField(null=True)),
                ('etag', models.CharField(db_default='', default='', max_length=200)),
                ('generation', models.IntegerField(db_default=0, default=0)),
                ('position', models.CharField(db_default='', default='', max_length=255)),
                ('counts', models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('fetched_at', models.DateTimeField(null=True)),
                ('applied_at', models.DateTimeField(null=True)),
                ('problem', models.CharField(db_default='', default='', max_length=500)),
                ('state', models.TextField(db_default='fetching', editable=False)),
                ('state_due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, null=True)),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('state_due_at__isnull', False)), fields=['state', 'state_due_at'], name='users_subscription_due')],
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='SubscribedServer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('host', models.CharField(max_length=255)),
                ('ruling', models.CharField(db_default='', default='', max_length=100)),
                ('fetched', models.CharField(max_length=100)),
                ('comment', models.CharField(db_default='', default='', max_length=1000)),
                ('generation', models.IntegerField()),
                ('subscription', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.subscription')),
            ],
            options={
                'indexes': [models.Index(fields=['host'], name='users_subscribed_server_host')],
                'constraints': [models.UniqueConstraint(fields=('subscription', 'host'), name='users_subscribed_server_once')],
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
    ]
