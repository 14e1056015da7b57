import core.ids
import django.db.models.deletion
import django_async_backend.db.models.base
from django.db import migrations, models



class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0037_walk_along_conversations'),
    ]

    operations = [
        migrations.CreateModel(
            name='Reaction',
            fields=[
                ('id', models.BigIntegerField(default=core.ids.new_id, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=64)),
                ('host', models.CharField(db_default='', default='', max_length=255)),
                ('uri', models.CharField(db_default='', default='', max_length=2048)),
                ('is_like', models.BooleanField(db_default=False, default=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('identity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.identity')),
                ('post', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='activities.post')),
            ],
            options={
                'indexes': [models.Index(fields=['identity', '-id'], name='activities_reaction_identity')],
                'constraints': [models.UniqueConstraint(fields=('post', 'identity', 'name', 'host'), name='activities_reaction_once')],
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
    ]
