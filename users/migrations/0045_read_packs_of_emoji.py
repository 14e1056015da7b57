import core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):
    """Uploaded packs of emoji, and what the worker found in them."""

    dependencies = [
        ("users", "0044_keep_more_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name='EmojiPack',
            fields=[
                ('state_changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('state_attempts', models.PositiveSmallIntegerField(db_default=0, default=0, editable=False)),
                ('state_error', models.TextField(editable=False, null=True)),
                ('state_failed_in', models.TextField(editable=False, null=True)),
                ('id', models.BigIntegerField(default=core.ids.new_id, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('raw_file', models.CharField(max_length=100)),
                ('refusal', models.TextField(default='')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('state', models.TextField(db_default='waiting', editable=False)),
                ('state_due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, null=True)),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('state_due_at__isnull', False)), fields=['state', 'state_due_at'], name='users_emojipack_due'), models.Index(condition=models.Q(('state', 'failed')), fields=['state_changed_at'], name='users_emojipack_failed')],
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='PackedEmoji',
            fields=[
                ('id', models.BigIntegerField(default=core.ids.new_id, primary_key=True, serialize=False)),
                ('shortcode', models.CharField(max_length=100)),
                ('category', models.CharField(default='', max_length=100)),
                ('file', models.CharField(default='', max_length=100)),
                ('static_file', models.CharField(default='', max_length=100)),
                ('problem', models.CharField(default='', max_length=50)),
                ('pack', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.emojipack')),
            ],
            options={
                'abstract': False,
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
    ]
