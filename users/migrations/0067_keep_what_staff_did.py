"""Table of the acts of staff: who, to whom, when and why."""

import django.db.models.functions.datetime
import django.db.models.functions.text
import django_async_backend.db.models.base
from django.db import migrations, models

import core.ids


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0066_find_reports_about_somebody'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigIntegerField(default=core.ids.new_id, primary_key=True, serialize=False)),
                ('actor_id', models.BigIntegerField(null=True)),
                ('actor_name', models.CharField(default='', max_length=512)),
                ('act', models.CharField(max_length=30)),
                ('target_kind', models.CharField(default='', max_length=20)),
                ('target_id', models.BigIntegerField(null=True)),
                ('target_name', models.CharField(default='', max_length=512)),
                ('domain_id', models.BigIntegerField(null=True)),
                ('reason', models.TextField(default='')),
                ('details', models.JSONField(default=dict)),
                ('refusal', models.CharField(default='', max_length=50)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'indexes': [models.Index(fields=['domain_id', 'id'], name='users_audit_of_domain'), models.Index(fields=['act', 'id'], name='users_audit_of_act'), models.Index(django.db.models.functions.text.Lower('actor_name'), models.F('id'), name='users_audit_by'), models.Index(django.db.models.functions.text.Lower('target_name'), models.F('id'), name='users_audit_about'), models.Index(condition=models.Q(('refusal', ''), _negated=True), fields=['id'], name='users_audit_refused')],
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
    ]
