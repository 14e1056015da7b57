"""Interactions and resolved reports of each day, and groups of logins, for the figures of staff."""

import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0063_name_authors_of_cards'),
    ]

    operations = [
        migrations.CreateModel(
            name='PeopleCohort',
            fields=[
                ('pk', models.CompositePrimaryKey('domain_id', 'frequency', 'joined', 'seen', blank=True, editable=False, primary_key=True, serialize=False)),
                ('domain_id', models.SmallIntegerField()),
                ('frequency', models.CharField(max_length=5)),
                ('joined', models.DateField()),
                ('seen', models.DateField()),
                ('people', models.IntegerField()),
            ],
            options={
                'abstract': False,
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='PeopleGroup',
            fields=[
                ('pk', models.CompositePrimaryKey('domain_id', 'key', 'entry', blank=True, editable=False, primary_key=True, serialize=False)),
                ('domain_id', models.SmallIntegerField()),
                ('key', models.CharField(max_length=10)),
                ('entry', models.CharField(max_length=20)),
                ('people', models.IntegerField()),
            ],
            options={
                'abstract': False,
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
        migrations.AddField(
            model_name='domainday',
            name='interactions',
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='domainday',
            name='resolved',
            field=models.IntegerField(db_default=0, default=0),
        ),
    ]
