from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0041_find_revisions_with_emoji'),
    ]

    operations = [
        migrations.AddField(
            model_name='post',
            name=name,
            field=models.SmallIntegerField(db_default=1, default=1),
        )
        for name in ('reply_policy', 'like_policy', 'boost_policy')
    ]
