import core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):
    """Custom emoji, our own and those of other servers, in one table."""

    dependencies = [
        ('users', '0038_call_figures_stats'),
    ]

    operations = [
        migrations.CreateModel(
            name='Emoji',
            fields=[
                ('id', models.BigIntegerField(default=core.ids.new_id, primary_key=True, serialize=False)),
                ('shortcode', models.CharField(max_length=64)),
                ('host', models.CharField(db_default='', default='', max_length=255)),
                ('category', models.CharField(db_default='', default='', max_length=100)),
                ('is_visible_in_picker', models.BooleanField(db_default=True, default=True)),
                ('is_enabled', models.BooleanField(db_default=True, default=True)),
                ('file', models.CharField(db_default='', default='', max_length=100)),
                ('static_file', models.CharField(db_default='', default='', max_length=100)),
                ('url', models.CharField(db_default='', default='', max_length=2048)),
                ('uri', models.CharField(db_default='', default='', max_length=2048)),
                ('updated_at', models.DateTimeField(null=True)),
                ('seen_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('domain', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.domain')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('domain__isnull', False)), fields=['domain'], name='users_emoji_domain'), models.Index(condition=models.Q(('host', ''), _negated=True), fields=['seen_at'], name='users_emoji_seen')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('host', ''), _negated=True), fields=('host', 'shortcode'), name='users_emoji_remote'), models.UniqueConstraint(condition=models.Q(('host', '')), fields=('shortcode', 'domain'), name='users_emoji_own', nulls_distinct=False)],
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
    ]
