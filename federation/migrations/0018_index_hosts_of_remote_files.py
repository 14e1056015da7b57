from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The hosts that store copied files are found every minute without reading all copies."""

    atomic = False
    dependencies = [
        ('federation', '0017_keep_still_versions_of_emoji'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='remotefile',
            index=models.Index(models.Func(models.F('url'), models.Value('/'), models.Value(3), function='split_part', output_field=models.TextField()), condition=models.Q(('file', ''), _negated=True), name='federation_remotefile_source'),
        ),
    ]
