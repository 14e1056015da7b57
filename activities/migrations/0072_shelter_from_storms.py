"""Staff write rules on what comes in from other servers, and posts are held by them."""

import core.ids
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0071_index_notifications_by_severance'),
    ]

    operations = [
        migrations.CreateModel(
            name='ShelterRule',
            fields=[
                ('id', models.BigIntegerField(default=core.ids.new_id, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('action', models.CharField(choices=[('hold', 'Hold'), ('drop', 'Drop'), ('mark', 'Mark'), ('report', 'Report')], max_length=10)),
                ('mode', models.CharField(choices=[('off', 'Off'), ('trial', 'Trial'), ('active', 'Active')], max_length=10)),
                ('phrases', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list)),
                ('link_hosts', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list)),
                ('hosts', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list)),
                ('software', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list)),
                ('languages', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list)),
                ('blurhashes', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list)),
                ('min_mentions', models.IntegerField(null=True)),
                ('min_strangers', models.IntegerField(null=True)),
                ('younger_than_h', models.IntegerField(null=True)),
                ('known_less_than_h', models.IntegerField(null=True)),
                ('matches', models.BigIntegerField(default=0)),
                ('last_match_at', models.DateTimeField(null=True)),
                ('examples', models.JSONField(default=list)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'abstract': False,
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='ShelteredPost',
            fields=[
                ('post', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='activities.post')),
                ('was', models.TextField()),
                ('approval_uri', models.TextField(default='')),
                ('is_for_hashtags', models.BooleanField(default=False)),
                ('held_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('rule_id', models.BigIntegerField()),
                ('rule_name', models.CharField(max_length=100)),
            ],
            options={
                'indexes': [models.Index(fields=['held_at', 'post'], name='activities_sheltered_queue')],
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
    ]
