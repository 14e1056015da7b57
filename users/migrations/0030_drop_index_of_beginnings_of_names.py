"""Search for people reads users_searchname; nothing reads users_identity_name_prefix, and every new name wrote to it.

Old code that still runs only gets slower: an index is no part of what it asks for.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0029_index_what_moderators_look_for")]

    operations = [
        migrations.RunSQL("DROP INDEX IF EXISTS users_identity_name_prefix", migrations.RunSQL.noop),
    ]
