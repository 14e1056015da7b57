from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0046_collect_people'),
    ]

    operations = [
        migrations.AddField(
            model_name='identity',
            name=name,
            field=models.SmallIntegerField(db_default=1, default=1),
        )
        for name in ('default_reply_policy', 'default_like_policy', 'default_boost_policy')
    ]
