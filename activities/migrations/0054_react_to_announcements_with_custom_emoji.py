"""A shortcode has up to 64 characters. Longer columns need no rewrite of the table."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0053_let_posts_expire'),
    ]

    operations = [
        migrations.AlterField(
            model_name='announcementreaction',
            name='name',
            field=models.CharField(max_length=64),
        ),
    ]
