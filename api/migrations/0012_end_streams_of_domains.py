from django.db import migrations

# A domain that is paused or removed answers nothing any more, open streams included.
FORWARDS = """
CREATE TRIGGER takahe_domain_stopped AFTER UPDATE OF state ON users_domain FOR EACH ROW
    WHEN (NEW.state IS DISTINCT FROM OLD.state) EXECUTE FUNCTION takahe_access_ended();
"""
BACKWARDS = "DROP TRIGGER takahe_domain_stopped ON users_domain;"


class Migration(migrations.Migration):
    """The streams of a domain end with it."""

    dependencies = [
        ("api", "0011_keep_device_of_tokens"),
        ("users", "0107_choose_a_front_page"),
    ]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
