"""Mails about notifications that logins asked for."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0075_limit_by_rules'),
        ('users', '0092_verify_links_of_profiles'),
    ]

    operations = [
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('pk', models.CompositePrimaryKey('user_id', 'identity_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.TextField())),
                ('after_id', models.BigIntegerField()),
                ('due_at', models.DateTimeField()),
                ('identity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.identity')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.user')),
            ],
            options={
                'indexes': [models.Index(fields=['due_at'], name='activities_alert_due')],
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
    ]
