"""People are notified of what staff did to them."""


import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0059_write_markdown'),
        ('users', '0070_warn_people'),
    ]

    operations = [
        migrations.AddField(
            model_name='notification',
            name='warning',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.accountwarning'),
        ),
        migrations.AlterField(
            model_name='notification',
            name='kind',
            field=models.CharField(choices=[('mention', 'Mention'), ('status', 'Status'), ('reblog', 'Reblog'), ('follow', 'Follow'), ('follow_request', 'Follow Request'), ('favourite', 'Favourite'), ('poll', 'Poll'), ('update', 'Update'), ('quote', 'Quote'), ('quoted_update', 'Quoted Update'), ('added_to_collection', 'Added To Collection'), ('collection_update', 'Collection Update'), ('pending.reply', 'Pending Reply'), ('pending.favourite', 'Pending Favourite'), ('pending.reblog', 'Pending Reblog'), ('scheduled_failed', 'Scheduled Failed'), ('moderation_warning', 'Moderation Warning'), ('admin.sign_up', 'Admin Sign Up'), ('admin.report', 'Admin Report')], max_length=20),
        ),
    ]
