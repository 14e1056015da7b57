from django.db import migrations, models
from django.db.models import Value


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0051_find_collections_by_page'),
    ]

    operations = [
        migrations.AddField(
            model_name='identity',
            name='default_policies',
            field=models.JSONField(db_default=Value({}, models.JSONField()), default=dict),
        ),
    ]
