"""Hashtags of local posts know the domain of their post, for an index of what is said with a hashtag on one domain."""

import django.db.models.deletion
from django.db import migrations, models

# A trigger, so that a server of the version before, which still runs, fills the column as well.
_TRIGGER = """
CREATE FUNCTION activities_posttag_set_domain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.domain_id := (SELECT domain_id FROM activities_post WHERE id = NEW.post_id);
    RETURN NEW;
END $$;
CREATE TRIGGER activities_posttag_domain BEFORE INSERT OR UPDATE OF post_id ON activities_posttag
    FOR EACH ROW EXECUTE FUNCTION activities_posttag_set_domain()
"""
_UNDO = """
DROP TRIGGER activities_posttag_domain ON activities_posttag;
DROP FUNCTION activities_posttag_set_domain()
"""


class Migration(migrations.Migration):
    dependencies = [("activities", "0027_broadcast_what_very_many_hear")]

    operations = [
        migrations.AddField(
            model_name="posttag",
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
        migrations.RunSQL(_TRIGGER, _UNDO),
    ]
