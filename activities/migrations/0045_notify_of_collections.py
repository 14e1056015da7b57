import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Notifications of collections of people."""

    dependencies = [
        ('activities', '0044_know_when_activities_were_said'),
        ('users', '0050_name_collections_in_reports'),
    ]

    operations = [
        migrations.AddField(
            model_name='notification',
            name='collection',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.collection'),
        ),
        migrations.AlterField(
            model_name='notification',
            name='kind',
            field=models.CharField(choices=[('mention', 'Mention'), ('status', 'Status'), ('reblog', 'Reblog'), ('follow', 'Follow'), ('follow_request', 'Follow Request'), ('favourite', 'Favourite'), ('poll', 'Poll'), ('update', 'Update'), ('quote', 'Quote'), ('quoted_update', 'Quoted Update'), ('added_to_collection', 'Added To Collection'), ('collection_update', 'Collection Update'), ('pending.reply', 'Pending Reply'), ('pending.favourite', 'Pending Favourite'), ('pending.reblog', 'Pending Reblog'), ('scheduled_failed', 'Scheduled Failed'), ('admin.sign_up', 'Admin Sign Up'), ('admin.report', 'Admin Report')], max_length=20),
        ),
    ]
