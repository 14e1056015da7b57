"""The loudness of sounds over their time, for players that have no cover to show."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0066_captions_of_media'),
    ]

    operations = [
        migrations.AddField(
            model_name='attachment',
            name='peaks',
            field=models.CharField(db_default='', default='', max_length=120),
        ),
    ]
