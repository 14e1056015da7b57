from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    """Search reads the kept words; the index that computed them anew goes."""

    atomic = False
    dependencies = [("activities", "0016_keep_words_of_posts")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS activities_post_words ON activities_post USING gin (words)",
            "DROP INDEX activities_post_words",
        ),
        RemoveIndexConcurrently(model_name="post", name="activities_post_search"),
    ]
