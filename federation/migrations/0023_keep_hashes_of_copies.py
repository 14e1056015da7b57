"""The SHA-256 of copies, for the rules on incoming posts."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('federation', '0022_keep_policies_of_domains'),
    ]

    operations = [
        migrations.AddField(
            model_name='remotefile',
            name='sha256',
            field=models.CharField(db_default='', default='', max_length=64),
        ),
    ]
