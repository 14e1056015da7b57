import core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):
    """Pictures of emoji that were deleted or replaced, until nothing shows them."""

    dependencies = [
        ("users", "0041_keep_totals_that_servers_state"),
    ]

    operations = [
        migrations.CreateModel(
            name='EmojiRemoval',
            fields=[
                ('state_changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('state_attempts', models.PositiveSmallIntegerField(db_default=0, default=0, editable=False)),
                ('state_error', models.TextField(editable=False, null=True)),
                ('state_failed_in', models.TextField(editable=False, null=True)),
                ('id', models.BigIntegerField(default=core.ids.new_id, primary_key=True, serialize=False)),
                ('file', models.CharField(max_length=100)),
                ('static_file', models.CharField(default='', max_length=100)),
                ('state', models.TextField(db_default='removing', editable=False)),
                ('state_due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, null=True)),
                ('emoji', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='users.emoji')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('state_due_at__isnull', False)), fields=['state', 'state_due_at'], name='users_emojiremoval_due')],
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
    ]
