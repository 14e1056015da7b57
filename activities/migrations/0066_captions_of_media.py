"""Captions of films and sounds: their text beside the attachment, which takes it along when it goes."""

import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0065_send_digests'),
    ]

    operations = [
        migrations.CreateModel(
            name='Captions',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=30, unique=True)),
                ('text', models.TextField()),
            ],
            options={
                'abstract': False,
            },
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
        migrations.RunSQL(
            """ALTER TABLE activities_captions ADD CONSTRAINT activities_captions_attachment
               FOREIGN KEY (id) REFERENCES activities_attachment (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED""",
            "ALTER TABLE activities_captions DROP CONSTRAINT activities_captions_attachment",
        ),
        migrations.AddField(
            model_name='attachment',
            name='captions',
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
    ]
