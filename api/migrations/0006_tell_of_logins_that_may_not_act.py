from django.db import migrations

# Whoever may not act any more hears nothing any more: a login that is disabled or restricted, an identity that is suspended (2) or deleted, access
# that was taken back. Triggers, so that no writer can forget it. One notice a transaction: Postgres drops equal ones.
FORWARDS = """
CREATE FUNCTION takahe_access_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('takahe_live', 'access_ended');
    RETURN NULL;
END $$;
CREATE TRIGGER takahe_login_stopped AFTER UPDATE OF is_disabled, is_restricted ON users_user FOR EACH ROW
    WHEN ((NEW.is_disabled AND NOT OLD.is_disabled) OR (NEW.is_restricted AND NOT OLD.is_restricted))
    EXECUTE FUNCTION takahe_access_ended();
CREATE TRIGGER takahe_identity_stopped AFTER UPDATE OF restriction, deleted_at ON users_identity FOR EACH ROW
    WHEN (NEW.domain_id IS NOT NULL AND ((NEW.restriction = 2 AND OLD.restriction <> 2)
          OR (NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL)))
    EXECUTE FUNCTION takahe_access_ended();
CREATE TRIGGER takahe_access_withdrawn AFTER DELETE ON users_identityaccess
    FOR EACH STATEMENT EXECUTE FUNCTION takahe_access_ended();
"""
BACKWARDS = """
DROP TRIGGER takahe_login_stopped ON users_user;
DROP TRIGGER takahe_identity_stopped ON users_identity;
DROP TRIGGER takahe_access_withdrawn ON users_identityaccess;
DROP FUNCTION takahe_access_ended();
"""


class Migration(migrations.Migration):
    """The streams of who may not act any more end at once."""

    dependencies = [
        ("api", "0005_forget_idempotency_keys"),
        ("users", "0021_say_whom_staff_restricted"),
    ]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
