from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """What is said with a hashtag on one domain is one range of an index, however much is said elsewhere."""

    atomic = False
    dependencies = [("activities", "0029_fill_domains_of_hashtags")]

    operations = [
        AddIndexConcurrently(
            model_name="posttag",
            index=models.Index(
                fields=["hashtag", "domain", "-post"],
                name="activities_post_tag_domain",
                condition=models.Q(domain__isnull=False),
            ),
        ),
    ]
