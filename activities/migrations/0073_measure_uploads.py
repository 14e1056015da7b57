"""The size of uploads, for feeds."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0072_shelter_from_storms'),
    ]

    operations = [
        migrations.AddField(
            model_name='attachment',
            name='bytes',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
    ]
