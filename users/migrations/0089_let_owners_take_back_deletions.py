"""Deletions that their owners can take back for two weeks: when they become final, and how the identity was limited before."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0088_remember_who_left_circles'),
    ]

    operations = [
        migrations.AddField(
            model_name='identity',
            name='leaves_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='identity',
            name='stays_limited',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='user',
            name='leaves_at',
            field=models.DateTimeField(null=True),
        ),
    ]
