"""Attachments know the domain of their post, and hashtags of posts whether there is an attachment, for indexes of posts with media."""

import django.db.models.deletion
from django.db import migrations, models

# Triggers, so that a server of the version before, which still runs, fills the columns as well.
_TRIGGERS = """
CREATE FUNCTION activities_attachment_set_domain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.domain_id := (SELECT domain_id FROM activities_post WHERE id = NEW.post_id);
    RETURN NEW;
END $$;
CREATE TRIGGER activities_attachment_domain BEFORE INSERT OR UPDATE OF post_id ON activities_attachment
    FOR EACH ROW EXECUTE FUNCTION activities_attachment_set_domain();
CREATE FUNCTION activities_posttag_set_media() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.has_media := EXISTS (SELECT 1 FROM activities_attachment WHERE post_id = NEW.post_id);
    RETURN NEW;
END $$;
CREATE TRIGGER activities_posttag_media BEFORE INSERT ON activities_posttag
    FOR EACH ROW EXECUTE FUNCTION activities_posttag_set_media();
CREATE FUNCTION activities_media_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE activities_posttag SET has_media = true WHERE post_id = NEW.post_id AND NOT has_media;
    RETURN NULL;
END $$;
CREATE TRIGGER activities_attachment_came AFTER INSERT OR UPDATE OF post_id ON activities_attachment
    FOR EACH ROW WHEN (NEW.post_id IS NOT NULL) EXECUTE FUNCTION activities_media_came();
CREATE FUNCTION activities_media_went() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE activities_posttag SET has_media = false WHERE post_id = OLD.post_id AND has_media
        AND NOT EXISTS (SELECT 1 FROM activities_attachment WHERE post_id = OLD.post_id);
    RETURN NULL;
END $$;
CREATE TRIGGER activities_attachment_went AFTER DELETE OR UPDATE OF post_id ON activities_attachment
    FOR EACH ROW WHEN (OLD.post_id IS NOT NULL) EXECUTE FUNCTION activities_media_went()
"""
_UNDO = """
DROP TRIGGER activities_attachment_went ON activities_attachment;
DROP FUNCTION activities_media_went();
DROP TRIGGER activities_attachment_came ON activities_attachment;
DROP FUNCTION activities_media_came();
DROP TRIGGER activities_posttag_media ON activities_posttag;
DROP FUNCTION activities_posttag_set_media();
DROP TRIGGER activities_attachment_domain ON activities_attachment;
DROP FUNCTION activities_attachment_set_domain()
"""


class Migration(migrations.Migration):
    dependencies = [("activities", "0022_blank_signs_between_words")]

    operations = [
        migrations.AddField(
            model_name="attachment",
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
        migrations.AddField(
            model_name="posttag",
            name="has_media",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunSQL(_TRIGGERS, _UNDO),
    ]
