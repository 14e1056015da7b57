from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("federation", "0015_subscribe_to_relays")]

    operations = [
        AddIndexConcurrently(
            model_name="remotefile",
            index=models.Index(
                fields=["leased_until"],
                condition=models.Q(leased_until__isnull=False),
                name="federation_remotefile_leased",
            ),
        ),
    ]
