"""Posts, active logins, new people and reports of each day, for the figures of staff."""


import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0055_keep_columns'),
    ]

    operations = [
        migrations.CreateModel(
            name='DomainDay',
            fields=[
                ('pk', models.CompositePrimaryKey('day', 'domain_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('domain_id', models.SmallIntegerField()),
                ('posts', models.IntegerField(db_default=0, default=0)),
                ('logins', models.IntegerField(db_default=0, default=0)),
                ('people', models.IntegerField(db_default=0, default=0)),
                ('reports', models.IntegerField(db_default=0, default=0)),
            ],
            options={
                'abstract': False,
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
    ]
