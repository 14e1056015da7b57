from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """A domain's own timeline is one range of an index, however quiet the domain is beside others."""

    atomic = False
    dependencies = [("activities", "0011_fill_domains_of_posts")]

    operations = [
        AddIndexConcurrently(
            model_name="post",
            index=models.Index(
                fields=["domain", "-id"],
                condition=models.Q(
                    visibility__in=[0, 4], is_local=True, boost_of__isnull=True, deleted_at__isnull=True
                ),
                name="activities_post_of_domain",
            ),
        ),
        RemoveIndexConcurrently(model_name="post", name="activities_post_local"),
    ]
