"""Follows that blocks and suspensions cost are listed for those who lost them."""

import core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0085_remind_of_descriptions_of_media'),
    ]

    operations = [
        migrations.CreateModel(
            name='SeveranceEvent',
            fields=[
                ('state_changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('state_attempts', models.PositiveSmallIntegerField(db_default=0, default=0, editable=False)),
                ('state_error', models.TextField(editable=False, null=True)),
                ('state_failed_in', models.TextField(editable=False, null=True)),
                ('id', models.BigIntegerField(default=core.ids.new_id, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('domain_block', 'Domain Block'), ('user_domain_block', 'User Domain Block'), ('account_suspension', 'Account Suspension')], max_length=20)),
                ('target_name', models.CharField(max_length=600)),
                ('hosts', models.JSONField(null=True)),
                ('position', models.CharField(db_default='', default='', max_length=2048)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('state', models.TextField(db_default='listing', editable=False)),
                ('state_due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, null=True)),
                ('identity', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.identity')),
            ],
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='Severance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('followers_count', models.IntegerField(db_default=0, default=0)),
                ('following_count', models.IntegerField(db_default=0, default=0)),
                ('is_told', models.BooleanField(db_default=False, default=False)),
                ('identity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.identity')),
                ('event', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.severanceevent')),
            ],
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='SeveredFollow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_following', models.BooleanField()),
                ('shows_boosts', models.BooleanField(default=True)),
                ('notifies', models.BooleanField(default=False)),
                ('languages', models.JSONField(null=True)),
                ('event', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.severanceevent')),
                ('identity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.identity')),
                ('other', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.identity')),
            ],
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
        migrations.AddIndex(
            model_name='severanceevent',
            index=models.Index(condition=models.Q(('identity__isnull', False)), fields=['identity', '-id'], name='users_severance_event_of'),
        ),
        migrations.AddIndex(
            model_name='severanceevent',
            index=models.Index(condition=models.Q(('state_due_at__isnull', False)), fields=['state', 'state_due_at'], name='users_severanceevent_due'),
        ),
        migrations.AddIndex(
            model_name='severance',
            index=models.Index(fields=['identity', '-id'], name='users_severance_identity'),
        ),
        migrations.AddIndex(
            model_name='severance',
            index=models.Index(condition=models.Q(('is_told', False)), fields=['event'], name='users_severance_to_tell'),
        ),
        migrations.AddConstraint(
            model_name='severance',
            constraint=models.UniqueConstraint(fields=('event', 'identity'), name='users_severance_pair'),
        ),
        migrations.AddIndex(
            model_name='severedfollow',
            index=models.Index(fields=['identity'], name='users_severed_follow_identity'),
        ),
        migrations.AddConstraint(
            model_name='severedfollow',
            constraint=models.UniqueConstraint(fields=('event', 'identity', 'is_following', 'other'), name='users_severed_follow_once'),
        ),
    ]
