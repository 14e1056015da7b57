"""With the writer of a post of a shared identity, who is deleted with their login, the post forgets the app that they used: it would tell
whose posts those were once the identity has a single login.
"""

from django.db import migrations

_TRIGGER = """
CREATE FUNCTION activities_postwriter_forget_app() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE activities_post p SET application = '', application_website = '' FROM gone g
    WHERE p.id = g.post_id AND p.application <> '';
    RETURN NULL;
END $$;
CREATE TRIGGER activities_postwriter_deleted AFTER DELETE ON activities_postwriter
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION activities_postwriter_forget_app()
"""
_UNDO = """
DROP TRIGGER activities_postwriter_deleted ON activities_postwriter;
DROP FUNCTION activities_postwriter_forget_app()
"""


class Migration(migrations.Migration):
    dependencies = [("activities", "0078_keep_who_saved_and_uploaded")]

    operations = [migrations.RunSQL(_TRIGGER, _UNDO)]
