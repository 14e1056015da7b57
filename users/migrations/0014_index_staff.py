"""An index of staff, so that they are found without reading all logins."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('users', '0013_resume_removals'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='user',
            index=models.Index(condition=models.Q(('role__in', ['moderator', 'admin'])), fields=['id'], name='users_user_staff'),
        ),
    ]
