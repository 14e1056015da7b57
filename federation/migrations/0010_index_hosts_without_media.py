from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The servers whose media is not shown are found every few seconds without reading all servers."""

    atomic = False
    dependencies = [
        ('federation', '0009_index_policies_and_failing_hosts'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='peer',
            index=models.Index(condition=models.Q(('reject_media', True)), fields=['host'], name='federation_peer_without_media'),
        ),
    ]
