"""The audit log: which member of staff did what to whom, when and why."""

from enum import StrEnum

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from core.db import Model
from core.ids import new_id

COMMAND_LINE = 0
"""The actor of what somebody did on the command line."""


class Act(StrEnum):
    """Kinds of staff actions. Their labels are in web/administration/audit/words.py."""

    restrict_person = "restrict_person"
    restrict_login = "restrict_login"
    disable_login = "disable_login"
    approve_sign_up = "approve_sign_up"
    refuse_sign_up = "refuse_sign_up"
    confirm_address = "confirm_address"
    resend_confirmation = "resend_confirmation"
    resolve_report = "resolve_report"
    assign_report = "assign_report"
    change_report = "change_report"
    forward_report = "forward_report"
    add_note = "add_note"
    delete_note = "delete_note"
    warn_person = "warn_person"
    add_preset = "add_preset"
    delete_preset = "delete_preset"
    cover_media = "cover_media"
    mark_sensitive = "mark_sensitive"
    decide_appeal = "decide_appeal"
    erase_person = "erase_person"
    delete_posts = "delete_posts"
    set_peer_policy = "set_peer_policy"
    set_domain_policy = "set_domain_policy"
    remove_domain_policy = "remove_domain_policy"
    import_blocklist = "import_blocklist"
    subscribe_blocklist = "subscribe_blocklist"
    unsubscribe_blocklist = "unsubscribe_blocklist"
    refresh_blocklist = "refresh_blocklist"
    apply_subscription = "apply_subscription"
    set_federation_mode = "set_federation_mode"
    add_relay = "add_relay"
    change_relay = "change_relay"
    remove_relay = "remove_relay"
    add_shelter_rule = "add_shelter_rule"
    change_shelter_rule = "change_shelter_rule"
    remove_shelter_rule = "remove_shelter_rule"
    try_shelter_rule = "try_shelter_rule"
    release_post = "release_post"
    drop_post = "drop_post"
    retry_failed = "retry_failed"
    grant_role = "grant_role"
    revoke_role = "revoke_role"
    create_role = "create_role"
    change_role = "change_role"
    delete_role = "delete_role"
    invite = "invite"
    revoke_invitation = "revoke_invitation"
    spell_hashtag = "spell_hashtag"
    review_trend = "review_trend"
    block_email_domain = "block_email_domain"
    unblock_email_domain = "unblock_email_domain"
    block_email = "block_email"
    unblock_email = "unblock_email"
    add_ip_rule = "add_ip_rule"
    change_ip_rule = "change_ip_rule"
    remove_ip_rule = "remove_ip_rule"
    create_domain = "create_domain"
    change_domain = "change_domain"
    add_rule = "add_rule"
    change_rule = "change_rule"
    remove_rule = "remove_rule"
    pause_domain = "pause_domain"
    resume_domain = "resume_domain"
    remove_domain = "remove_domain"
    keep_domain = "keep_domain"
    erase_domain = "erase_domain"
    export_domain = "export_domain"
    publish_text = "publish_text"
    set_option = "set_option"
    publish_announcement = "publish_announcement"
    delete_announcement = "delete_announcement"
    add_emoji = "add_emoji"
    change_emoji = "change_emoji"
    import_emoji = "import_emoji"
    delete_emoji = "delete_emoji"
    evict_media = "evict_media"
    create_login = "create_login"
    set_password = "set_password"  # noqa: S105 - the name of an act
    change_address = "change_address"
    reset_factor = "reset_factor"
    # only logged when refused
    use_passkey = "use_passkey"
    use_code = "use_code"
    appeal = "appeal"
    delete_login = "delete_login"
    create_identity = "create_identity"
    share_identity = "share_identity"
    unshare_identity = "unshare_identity"
    change_access = "change_access"
    exceed_role = "exceed_role"  # only logged when refused
    move_identity = "move_identity"
    rotate_key = "rotate_key"
    delete_identity = "delete_identity"
    add_provider = "add_provider"
    change_provider = "change_provider"
    remove_provider = "remove_provider"
    connect_login = "connect_login"
    disconnect_login = "disconnect_login"
    create_token = "create_token"  # noqa: S105 - the name of an act
    open_page = "open_page"  # only logged when refused


class AuditEntry(Model):
    """A staff action, written in its transaction and never changed or deleted. Grows with the number of staff actions.

    It has no foreign keys and stores the names of that moment, because it outlives its subject and its actor. `actor_id` is a login,
    COMMAND_LINE, or None for the server itself. `domain_id` is the domain whose staff can read it, None if only the whole server's staff
    can. `refusal` is the error code of an action that was not allowed.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=512, default="")
    act = models.CharField(max_length=30)  # an Act; without choices, which would ask for a migration each
    target_kind = models.CharField(max_length=20, default="")
    target_id = models.BigIntegerField(null=True)
    target_name = models.CharField(max_length=512, default="")
    domain_id = models.BigIntegerField(null=True)
    reason = models.TextField(default="")
    details = models.JSONField(default=dict)
    refusal = models.CharField(max_length=50, default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["domain_id", "id"], name="users_audit_of_domain"),
            models.Index(fields=["act", "id"], name="users_audit_of_act"),
            models.Index(Lower("actor_name"), "id", name="users_audit_by"),
            models.Index(Lower("target_name"), "id", name="users_audit_about"),
            models.Index(fields=["id"], condition=~Q(refusal=""), name="users_audit_refused"),
        ]
