"""The newest reports about somebody are found in their order."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('users', '0065_forget_the_role_of_a_login'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='report',
            index=models.Index(fields=['target', 'id'], name='users_report_of_target'),
        ),
    ]
