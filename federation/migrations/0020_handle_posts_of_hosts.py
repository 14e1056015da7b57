from django.db import migrations, models


class Migration(migrations.Migration):
    """Operators choose what is changed in the posts of a host's people."""

    dependencies = [
        ('federation', '0019_index_hosts_without_reports'),
    ]

    operations = [
        migrations.AddField(
            model_name='peer',
            name='handling',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
    ]
