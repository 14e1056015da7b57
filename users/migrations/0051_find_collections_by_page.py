"""A link in a post finds the collection whose page it names."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("users", "0050_name_collections_in_reports")]

    operations = [
        AddIndexConcurrently(
            model_name="collection",
            index=models.Index(fields=["url"], condition=~models.Q(url=""), name="users_collection_url"),
        ),
    ]
