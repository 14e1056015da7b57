from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Moderators find servers by policy, and those that fail, without reading all of them."""

    atomic = False
    dependencies = [
        ('federation', '0008_keep_the_order_of_an_actor'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='peer',
            index=models.Index(condition=models.Q(('policy', 'open'), _negated=True), fields=['policy', 'host'], name='federation_peer_policies'),
        ),
        AddIndexConcurrently(
            model_name='peer',
            index=models.Index(condition=models.Q(('failing_since__isnull', False)), fields=['host'], name='federation_peer_failing'),
        ),
    ]
