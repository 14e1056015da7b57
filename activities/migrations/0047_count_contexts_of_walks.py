from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0046_index_notifications_by_collection'),
    ]

    operations = [
        migrations.AddField(
            model_name='threadwalk',
            name='contexts',
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
    ]
