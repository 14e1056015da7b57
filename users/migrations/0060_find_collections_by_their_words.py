"""A search finds collections of people by any part of the words of their name and hashtag."""

from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("users", "0059_mails_in_the_language_of_their_reader")]

    operations = [
        migrations.RunSQL(
            """CREATE INDEX CONCURRENTLY IF NOT EXISTS users_collection_words ON users_collection
               USING gin ((lower(name || ' ' || tag)) gin_trgm_ops) WHERE is_discoverable""",
            "DROP INDEX IF EXISTS users_collection_words",
        ),
    ]
