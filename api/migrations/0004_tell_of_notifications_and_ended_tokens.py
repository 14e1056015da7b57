from django.db import migrations

# Every new notification, but those that the person's policy filters, is told to the web processes (streaming) and queued for the push subscriptions that want its kind; every token
# that ends is told, so that its streams end. Triggers, so that no writer can forget it. 150 pairs of ids are 6,000 bytes at most.
FORWARDS = """
CREATE FUNCTION takahe_notified() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    part text;
BEGIN
    FOR part IN
        SELECT string_agg(n.identity_id || ':' || n.id, ',' ORDER BY n.id)
        FROM (SELECT identity_id, id, (row_number() OVER (ORDER BY id)) / 150 AS piece
              FROM inserted WHERE NOT is_filtered) n
        GROUP BY n.piece ORDER BY n.piece
    LOOP
        PERFORM pg_notify('takahe_live', 'notified ' || part);
    END LOOP;
    INSERT INTO api_pushdelivery (subscription_id, notification_id, host)
        SELECT s.id, n.id, s.host FROM inserted n JOIN api_pushsubscription s ON s.identity_id = n.identity_id
        WHERE (s.alerts ->> n.kind)::boolean AND NOT n.is_filtered;
    RETURN NULL;
END $$;
CREATE TRIGGER takahe_notified AFTER INSERT ON activities_notification
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION takahe_notified();

CREATE FUNCTION takahe_token_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('takahe_live', 'token ' || OLD.id);
    RETURN NULL;
END $$;
CREATE TRIGGER takahe_token_revoked AFTER UPDATE OF revoked_at ON api_token
    FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION takahe_token_ended();
CREATE TRIGGER takahe_token_deleted AFTER DELETE ON api_token FOR EACH ROW EXECUTE FUNCTION takahe_token_ended();
"""
BACKWARDS = """
DROP TRIGGER takahe_notified ON activities_notification;
DROP TRIGGER takahe_token_revoked ON api_token;
DROP TRIGGER takahe_token_deleted ON api_token;
DROP FUNCTION takahe_notified();
DROP FUNCTION takahe_token_ended();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0003_push_subscriptions_and_deliveries"),
        ("activities", "0005_add_lists_filters_tags_and_conversations"),
    ]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
