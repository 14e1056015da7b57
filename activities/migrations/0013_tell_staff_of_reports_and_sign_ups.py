"""Notifications of reports and sign-ups, for staff."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('activities', '0012_index_posts_by_domain'),
        ('users', '0014_index_staff'),
    ]

    operations = [
        migrations.AddField(
            model_name='notification',
            name='report',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.report'),
        ),
        migrations.AlterField(
            model_name='notification',
            name='kind',
            field=models.CharField(choices=[('mention', 'Mention'), ('status', 'Status'), ('reblog', 'Reblog'), ('follow', 'Follow'), ('follow_request', 'Follow Request'), ('favourite', 'Favourite'), ('poll', 'Poll'), ('update', 'Update'), ('quote', 'Quote'), ('quoted_update', 'Quoted Update'), ('admin.sign_up', 'Admin Sign Up'), ('admin.report', 'Admin Report')], max_length=20),
        ),
    ]
