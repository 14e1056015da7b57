"""Decisions of staff on trends and hashtags, and the sites whose pages trended."""

import django.db.models.functions.datetime
import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0061_index_notifications_by_warning'),
    ]

    operations = [
        migrations.CreateModel(
            name='Publisher',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('host', models.CharField(max_length=255, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'abstract': False,
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='Review',
            fields=[
                ('pk', models.CompositePrimaryKey('kind', 'target_id', 'domain_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('tag', 'Tag'), ('link', 'Link'), ('publisher', 'Publisher'), ('post', 'Post')], max_length=9)),
                ('target_id', models.BigIntegerField()),
                ('domain_id', models.SmallIntegerField()),
                ('is_trendable', models.BooleanField(null=True)),
                ('is_usable', models.BooleanField(null=True)),
                ('is_listable', models.BooleanField(null=True)),
                ('decided_by', models.BigIntegerField(null=True)),
                ('decided_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'abstract': False,
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
    ]
