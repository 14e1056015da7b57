"""Warnings of people by staff, and the appeals against them."""


import core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0069_keep_passkeys'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccountWarning',
            fields=[
                ('id', models.BigIntegerField(default=core.ids.new_id, primary_key=True, serialize=False)),
                ('action', models.CharField(choices=[('none', 'None'), ('mark_statuses_as_sensitive', 'Mark Statuses As Sensitive'), ('delete_statuses', 'Delete Statuses'), ('silence', 'Silence'), ('suspend', 'Suspend'), ('freeze', 'Freeze'), ('disable', 'Disable')], max_length=30)),
                ('text', models.TextField(default='')),
                ('post_ids', models.JSONField(default=list)),
                ('report_id', models.BigIntegerField(null=True)),
                ('given_by', models.BigIntegerField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('undone_at', models.DateTimeField(null=True)),
                ('identity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.identity')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.user')),
            ],
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='Appeal',
            fields=[
                ('id', models.BigIntegerField(default=core.ids.new_id, primary_key=True, serialize=False)),
                ('text', models.TextField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.BigIntegerField(null=True)),
                ('is_approved', models.BooleanField(null=True)),
                ('warning', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='appeal', to='users.accountwarning')),
            ],
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
        migrations.AddIndex(
            model_name='accountwarning',
            index=models.Index(fields=['identity', 'id'], name='users_warning_of'),
        ),
        migrations.AddIndex(
            model_name='appeal',
            index=models.Index(condition=models.Q(('decided_at__isnull', True)), fields=['id'], name='users_appeal_waiting'),
        ),
    ]
