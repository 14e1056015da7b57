"""Bookmarks are kept in folders."""

import core.ids
import django.db.models.deletion
import django.db.models.functions.text
import django_async_backend.db.models.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0050_know_drafts_by_their_form'),
        ('users', '0056_bring_follows'),
    ]

    operations = [
        migrations.CreateModel(
            name='BookmarkFolder',
            fields=[
                ('id', models.BigIntegerField(default=core.ids.new_id, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('identity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.identity')),
            ],
            bases=(django_async_backend.db.models.base.AsyncModelMixin, models.Model),
        ),
        migrations.AddField(
            model_name='bookmark',
            name='folder',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='activities.bookmarkfolder'),
        ),
        migrations.AddConstraint(
            model_name='bookmarkfolder',
            constraint=models.UniqueConstraint(models.F('identity'), django.db.models.functions.text.Lower('name'), name='activities_bookmark_folder_name'),
        ),
    ]
