from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The hosts whose people's posts are changed are read every few seconds without reading all hosts."""

    atomic = False
    dependencies = [
        ('federation', '0020_handle_posts_of_hosts'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='peer',
            index=models.Index(condition=models.Q(('handling__gt', 0)), fields=['host'], name='federation_peer_handled'),
        ),
    ]
