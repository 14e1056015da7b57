"""Posts may be written in Markdown."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0058_restore_deleted_posts'),
    ]

    operations = [
        migrations.AddField(
            model_name='post',
            name='is_markdown',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
