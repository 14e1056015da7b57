"""Domains have a logo, an icon and a banner of their own."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0060_find_collections_by_their_words'),
    ]

    operations = [
        migrations.AddField(
            model_name='domain',
            name='banner_file',
            field=models.CharField(db_default='', default='', max_length=100),
        ),
        migrations.AddField(
            model_name='domain',
            name='icon_file',
            field=models.CharField(db_default='', default='', max_length=100),
        ),
        migrations.AddField(
            model_name='domain',
            name='logo_file',
            field=models.CharField(db_default='', default='', max_length=100),
        ),
    ]
