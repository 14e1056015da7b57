"""Rules of domains as rows of their own, whose numbers stay when others are removed."""

import core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('users', '0093_sign_in_at_providers'),
    ]

    operations = [
        # code that knows rows of rules only leaves the column out
        migrations.AlterField(
            model_name='domain',
            name='rules',
            field=models.JSONField(default=list, db_default=models.Value([], models.JSONField())),
        ),
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.BigIntegerField(default=core.ids.new_id, primary_key=True, serialize=False)),
                ('number', models.IntegerField()),
                ('place', models.IntegerField()),
                ('text', models.TextField()),
                ('hint', models.TextField(db_default='', default='')),
                ('translations', models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict)),
                ('removed_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('domain', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.domain')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('domain', 'number'), name='users_rule_number')],
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
    ]
