"""The worker compares a rule with the posts of the last week."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0081_index_quarantine_by_site'),
    ]

    operations = [
        migrations.CreateModel(
            name='RuleTrial',
            fields=[
                ('state_changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('state_attempts', models.PositiveSmallIntegerField(db_default=0, default=0, editable=False)),
                ('state_error', models.TextField(editable=False, null=True)),
                ('state_failed_in', models.TextField(editable=False, null=True)),
                ('rule', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='activities.shelterrule')),
                ('since', models.BigIntegerField()),
                ('before', models.BigIntegerField()),
                ('checked', models.BigIntegerField(default=0)),
                ('matches', models.BigIntegerField(default=0)),
                ('by_day', models.JSONField(default=dict)),
                ('by_author', models.JSONField(default=dict)),
                ('examples', models.JSONField(default=list)),
                ('started_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('state', models.TextField(db_default='running', editable=False)),
                ('state_due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, null=True)),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('state_due_at__isnull', False)), fields=['state', 'state_due_at'], name='activi_ruletrial_due'), models.Index(condition=models.Q(('state', 'failed')), fields=['state_changed_at'], name='activi_ruletrial_failed')],
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
    ]
