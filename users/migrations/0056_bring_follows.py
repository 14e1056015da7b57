"""Identities remember the step of their first days, and bring follows from elsewhere."""

import core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0055_remember_how_people_read'),
    ]

    operations = [
        migrations.AddField(
            model_name='identity',
            name='first_step',
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.CreateModel(
            name='FollowImport',
            fields=[
                ('state_changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('state_attempts', models.PositiveSmallIntegerField(db_default=0, default=0, editable=False)),
                ('state_error', models.TextField(editable=False, null=True)),
                ('state_failed_in', models.TextField(editable=False, null=True)),
                ('id', models.BigIntegerField(default=core.ids.new_id, primary_key=True, serialize=False)),
                ('address', models.CharField(max_length=500)),
                ('reason', models.CharField(db_default='', default='', max_length=500)),
                ('state', models.TextField(db_default='waiting', editable=False)),
                ('state_due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, null=True)),
                ('identity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.identity')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state_due_at__isnull', False)), fields=['state', 'identity_id', 'state_due_at'], name='users_follow_import_due'), models.Index(condition=models.Q(('state_due_at__isnull', False)), fields=['state', 'state_due_at'], name='users_followimport_due'), models.Index(condition=models.Q(('state', 'failed')), fields=['state_changed_at'], name='users_followimport_failed')],
                'constraints': [models.UniqueConstraint(models.F('identity'), django.db.models.functions.text.Lower('address'), name='users_follow_import_address')],
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
    ]
