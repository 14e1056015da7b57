from django.db import migrations

# A page listens with its session: one that ends, or speaks as another identity, hears nothing any more.
FORWARDS = """
CREATE TRIGGER takahe_session_ended AFTER DELETE ON users_session
    FOR EACH STATEMENT EXECUTE FUNCTION takahe_access_ended();
CREATE TRIGGER takahe_session_switched AFTER UPDATE OF identity_id ON users_session FOR EACH ROW
    WHEN (NEW.identity_id IS DISTINCT FROM OLD.identity_id) EXECUTE FUNCTION takahe_access_ended();
"""
BACKWARDS = """
DROP TRIGGER takahe_session_ended ON users_session;
DROP TRIGGER takahe_session_switched ON users_session;
"""


class Migration(migrations.Migration):
    """The streams of open pages end with their session."""

    dependencies = [
        ("api", "0006_tell_of_logins_that_may_not_act"),
        ("users", "0047_keep_policies_of_new_posts"),
    ]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
