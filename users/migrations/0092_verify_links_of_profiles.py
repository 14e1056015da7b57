"""Links of profiles are verified: their pages have to link back."""

import core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0091_keep_the_question_of_a_sign_up'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProfileLink',
            fields=[
                ('state_changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('state_attempts', models.PositiveSmallIntegerField(db_default=0, default=0, editable=False)),
                ('state_error', models.TextField(editable=False, null=True)),
                ('state_failed_in', models.TextField(editable=False, null=True)),
                ('id', models.BigIntegerField(default=core.ids.new_id, primary_key=True, serialize=False)),
                ('url', models.CharField(max_length=2048)),
                ('host', models.CharField(max_length=255)),
                ('is_local', models.BooleanField()),
                ('problem', models.CharField(db_default='', default='', max_length=20)),
                ('tried_at', models.DateTimeField(null=True)),
                ('verified_at', models.DateTimeField(null=True)),
                ('state', models.TextField(db_default='due', editable=False)),
                ('state_due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, null=True)),
                ('identity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.identity')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state_due_at__isnull', False)), fields=['state', 'host', 'state_due_at'], name='users_profile_link_host_due'), models.Index(condition=models.Q(('state_due_at__isnull', False)), fields=['state', 'state_due_at'], name='users_profilelink_due'), models.Index(condition=models.Q(('state', 'failed')), fields=['state_changed_at'], name='users_profilelink_failed')],
                'constraints': [models.UniqueConstraint(fields=('identity', 'url'), name='users_profile_link_once')],
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
    ]
