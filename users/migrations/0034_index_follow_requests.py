from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Who asks to follow somebody is found and counted without reading all who follow them."""

    atomic = False
    dependencies = [
        ('users', '0033_index_sign_ups_that_ask'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='follow',
            index=models.Index(condition=models.Q(('accepted_at__isnull', True)), fields=['target', '-id'], name='users_follow_asked'),
        ),
    ]
