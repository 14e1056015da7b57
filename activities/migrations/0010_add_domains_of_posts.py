"""The domain of a local post on the post itself, for an index by it."""

import django.db.models.deletion
from django.db import migrations, models

# A trigger, so that a server of the version before, which still runs, fills the column as well.
_TRIGGER = """
CREATE FUNCTION activities_post_set_domain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.domain_id := (SELECT domain_id FROM users_identity WHERE id = NEW.author_id);
    RETURN NEW;
END $$;
CREATE TRIGGER activities_post_domain BEFORE INSERT ON activities_post
    FOR EACH ROW WHEN (NEW.is_local AND NEW.domain_id IS NULL) EXECUTE FUNCTION activities_post_set_domain()
"""


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0009_fold_accents_of_hashtags"),
        ("users", "0007_remember_whose_media_is_sensitive"),
    ]

    operations = [
        migrations.AddField(
            model_name="post",
            name="domain",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="users.domain",
            ),
        ),
        migrations.RunSQL(
            _TRIGGER,
            "DROP TRIGGER activities_post_domain ON activities_post; DROP FUNCTION activities_post_set_domain()",
        ),
    ]
