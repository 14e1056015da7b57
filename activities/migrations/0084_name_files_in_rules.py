"""Rules name the SHA-256 of files, and the worker judges the posts whose copied files they name."""

import django.contrib.postgres.fields
import django.db.models.functions.datetime
import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0083_pass_over_old_posts'),
    ]

    operations = [
        migrations.CreateModel(
            name='FileMatch',
            fields=[
                ('state_changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('state_attempts', models.PositiveSmallIntegerField(db_default=0, default=0, editable=False)),
                ('state_error', models.TextField(editable=False, null=True)),
                ('state_failed_in', models.TextField(editable=False, null=True)),
                ('key', models.UUIDField(primary_key=True, serialize=False)),
                ('url', models.TextField()),
                ('sha256', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('state', models.TextField(db_default='waiting', editable=False)),
                ('state_due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, null=True)),
            ],
            options={
                'abstract': False,
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
        migrations.AddField(
            model_name='attachment',
            name='sha256',
            field=models.CharField(db_default='', default='', max_length=64),
        ),
        migrations.AddField(
            model_name='shelterrule',
            name='hashes',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), db_default=[], default=list),
        ),
        migrations.AddIndex(
            model_name='filematch',
            index=models.Index(condition=models.Q(('state_due_at__isnull', False)), fields=['state', 'state_due_at'], name='activi_filematch_due'),
        ),
        migrations.AddIndex(
            model_name='filematch',
            index=models.Index(condition=models.Q(('state', 'failed')), fields=['state_changed_at'], name='activi_filematch_failed'),
        ),
    ]
