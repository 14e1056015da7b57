import django.db.models.deletion
import django.db.models.functions.datetime
import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):
    """Each domain may have policies of its own for other servers."""

    dependencies = [
        ('federation', '0021_index_handled_hosts'),
        ('users', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='DomainPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('host', models.CharField(max_length=255)),
                ('policy', models.CharField(choices=[('open', 'Open'), ('allowed', 'Allowed'), ('limited', 'Limited'), ('blocked', 'Blocked')], db_default='open', default='open', max_length=10)),
                ('reject_media', models.BooleanField(db_default=False, default=False)),
                ('force_sensitive', models.BooleanField(db_default=False, default=False)),
                ('force_unlisted', models.BooleanField(db_default=False, default=False)),
                ('strip_links', models.BooleanField(db_default=False, default=False)),
                ('note', models.TextField(db_default='', default='')),
                ('public_comment', models.TextField(db_default='', default='')),
                ('set_by_id', models.BigIntegerField(null=True)),
                ('set_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('domain', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.domain')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('policy', 'blocked')), fields=['domain', 'host'], name='federation_domain_policy_hides'), models.Index(condition=models.Q(('policy', 'limited'), ('force_unlisted', True), _connector='OR'), fields=['domain', 'host'], name='federation_domain_policy_quiet')],
                'constraints': [models.UniqueConstraint(fields=('domain', 'host'), name='federation_domain_policy_host')],
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
    ]
