from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Timelines of media are each one range of an index, however few posts have some."""

    atomic = False
    dependencies = [("activities", "0024_say_which_posts_have_media")]

    operations = [
        AddIndexConcurrently(
            model_name="attachment",
            index=models.Index(fields=["author", "-post"], name="activities_attachment_author"),
        ),
        AddIndexConcurrently(
            model_name="attachment",
            index=models.Index(
                fields=["domain", "-post"],
                name="activities_attachment_domain",
                condition=models.Q(post__isnull=False),
            ),
        ),
        AddIndexConcurrently(
            model_name="posttag",
            index=models.Index(
                fields=["hashtag", "-post"],
                name="activities_post_tag_media",
                condition=models.Q(has_media=True),
            ),
        ),
    ]
