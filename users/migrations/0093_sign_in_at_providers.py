"""People sign in at providers of their domain."""

import core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0092_verify_links_of_profiles'),
    ]

    operations = [
        migrations.AddField(
            model_name='domain',
            name='has_local_sign_in',
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name='session',
            name='provider_id',
            field=models.BigIntegerField(null=True),
        ),
        migrations.CreateModel(
            name='SignInProvider',
            fields=[
                ('id', models.BigIntegerField(default=core.ids.new_id, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=60)),
                ('issuer', models.CharField(max_length=2048)),
                ('client_id', models.CharField(max_length=512)),
                ('client_secret', models.TextField(default='')),
                ('scopes', models.CharField(default='openid profile email', max_length=500)),
                ('creates_logins', models.BooleanField(default=False)),
                ('connects_addresses', models.BooleanField(default=False)),
                ('replaces_local', models.BooleanField(default=False)),
                ('groups_claim', models.CharField(default='groups', max_length=100)),
                ('roles', models.JSONField(default=list)),
                ('roles_by', models.BigIntegerField(null=True)),
                ('is_enabled', models.BooleanField(default=True)),
                ('metadata', models.JSONField(default=dict)),
                ('fetched_at', models.DateTimeField(null=True)),
                ('keys', models.JSONField(default=list)),
                ('keys_fetched_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('domain', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.domain')),
            ],
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='ExternalLogin',
            fields=[
                ('id', models.BigIntegerField(default=core.ids.new_id, primary_key=True, serialize=False)),
                ('subject', models.CharField(max_length=255)),
                ('label', models.CharField(default='', max_length=254)),
                ('role', models.BigIntegerField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('last_used_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.user')),
                ('provider', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.signinprovider')),
            ],
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
        migrations.AddConstraint(
            model_name='signinprovider',
            constraint=models.UniqueConstraint(fields=('domain', 'issuer'), name='users_sign_in_provider_issuer'),
        ),
        migrations.AddConstraint(
            model_name='externallogin',
            constraint=models.UniqueConstraint(fields=('provider', 'subject'), name='users_external_login_subject'),
        ),
        migrations.AddConstraint(
            model_name='externallogin',
            constraint=models.UniqueConstraint(fields=('user', 'provider'), name='users_external_login_of_user'),
        ),
    ]
