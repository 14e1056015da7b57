from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The hosts whose reports are refused are read every few seconds without reading all hosts."""

    atomic = False
    dependencies = [
        ('federation', '0018_index_hosts_of_remote_files'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='peer',
            index=models.Index(condition=models.Q(('reject_reports', True)), fields=['host'], name='federation_peer_no_reports'),
        ),
    ]
