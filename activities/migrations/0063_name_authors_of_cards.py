"""Cards know whom a page names as its author."""


from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0062_review_trends'),
    ]

    operations = [
        migrations.AddField(
            model_name='previewcard',
            name='creator_id',
            field=models.BigIntegerField(null=True),
        ),
    ]
