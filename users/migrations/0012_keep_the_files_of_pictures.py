"""Pictures of profiles know their stored files. A forged address does no harm: a file that is in use elsewhere is never removed."""

from django.db import migrations, models

_OWN_FILES = """
    UPDATE users_identity SET {kind}_file = regexp_replace({kind}_url, '^.*/', '')
    WHERE domain_id IS NOT NULL AND {kind}_url ~ '/[a-z2-7]{{26}}-[0-9a-f]{{16}}[.][a-z0-9]+$'
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0011_restrict_logins_of_the_suspended")]

    operations = [
        migrations.AddField(
            model_name="identity",
            name="icon_file",
            field=models.CharField(db_default="", default="", max_length=100),
        ),
        migrations.AddField(
            model_name="identity",
            name="image_file",
            field=models.CharField(db_default="", default="", max_length=100),
        ),
        migrations.RunSQL(_OWN_FILES.format(kind="icon"), migrations.RunSQL.noop),
        migrations.RunSQL(_OWN_FILES.format(kind="image"), migrations.RunSQL.noop),
    ]
