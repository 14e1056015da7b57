"""The texts of the audit log: the name of each act, and its details."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.error_messages import MESSAGES
from users.audit.models import COMMAND_LINE, Act, AuditEntry

LABELS: dict[Act, str] = {
    Act.restrict_person: gettext_lazy("Restrict a person"),
    Act.restrict_login: gettext_lazy("Restrict a login"),
    Act.disable_login: gettext_lazy("Disable a login"),
    Act.approve_sign_up: gettext_lazy("Approve a sign-up"),
    Act.refuse_sign_up: gettext_lazy("Reject a sign-up"),
    Act.confirm_address: gettext_lazy("Confirm an e-mail address"),
    Act.resend_confirmation: gettext_lazy("Send a confirmation mail again"),
    Act.resolve_report: gettext_lazy("Resolve a report"),
    Act.assign_report: gettext_lazy("Assign a report"),
    Act.change_report: gettext_lazy("Change a report"),
    Act.forward_report: gettext_lazy("Forward a report"),
    Act.add_note: gettext_lazy("Add a note"),
    Act.delete_note: gettext_lazy("Delete a note"),
    Act.warn_person: gettext_lazy("Warn a person"),
    Act.cover_media: gettext_lazy("Cover a person's media"),
    Act.add_preset: gettext_lazy("Add a text for warnings"),
    Act.delete_preset: gettext_lazy("Delete a text for warnings"),
    Act.mark_sensitive: gettext_lazy("Mark posts as sensitive"),
    Act.decide_appeal: gettext_lazy("Decide on an appeal"),
    Act.erase_person: gettext_lazy("Erase a suspended person"),
    Act.delete_posts: gettext_lazy("Delete posts"),
    Act.set_peer_policy: gettext_lazy("Set the policy for a server"),
    Act.set_domain_policy: gettext_lazy("Set a domain's policy for a server"),
    Act.remove_domain_policy: gettext_lazy("Remove a domain's policy for a server"),
    Act.import_blocklist: gettext_lazy("Import a blocklist"),
    Act.subscribe_blocklist: gettext_lazy("Subscribe to a blocklist"),
    Act.unsubscribe_blocklist: gettext_lazy("Unsubscribe from a blocklist"),
    Act.refresh_blocklist: gettext_lazy("Fetch a subscribed blocklist"),
    Act.apply_subscription: gettext_lazy("Apply a subscribed blocklist"),
    Act.set_federation_mode: gettext_lazy("Choose which servers this one federates with"),
    Act.add_relay: gettext_lazy("Add a relay"),
    Act.change_relay: gettext_lazy("Change a relay"),
    Act.remove_relay: gettext_lazy("Remove a relay"),
    Act.add_shelter_rule: gettext_lazy("Add a rule on incoming posts"),
    Act.change_shelter_rule: gettext_lazy("Change a rule on incoming posts"),
    Act.remove_shelter_rule: gettext_lazy("Remove a rule on incoming posts"),
    Act.try_shelter_rule: gettext_lazy("Try a rule on incoming posts"),
    Act.release_post: gettext_lazy("Release held posts"),
    Act.drop_post: gettext_lazy("Delete held posts"),
    Act.retry_failed: gettext_lazy("Retry failed work"),
    Act.grant_role: gettext_lazy("Give a role"),
    Act.revoke_role: gettext_lazy("Take a role away"),
    Act.create_role: gettext_lazy("Create a role"),
    Act.change_role: gettext_lazy("Change a role"),
    Act.delete_role: gettext_lazy("Delete a role"),
    Act.invite: gettext_lazy("Create an invitation"),
    Act.revoke_invitation: gettext_lazy("Revoke an invitation"),
    Act.spell_hashtag: gettext_lazy("Change the spelling of a hashtag"),
    Act.review_trend: gettext_lazy("Review a trend"),
    Act.block_email_domain: gettext_lazy("Block an e-mail domain"),
    Act.unblock_email_domain: gettext_lazy("Unblock an e-mail domain"),
    Act.block_email: gettext_lazy("Block an e-mail address"),
    Act.unblock_email: gettext_lazy("Unblock an e-mail address"),
    Act.add_ip_rule: gettext_lazy("Add a rule for an IP address"),
    Act.change_ip_rule: gettext_lazy("Change a rule for an IP address"),
    Act.remove_ip_rule: gettext_lazy("Remove a rule for an IP address"),
    Act.add_rule: gettext_lazy("Add a rule"),
    Act.change_rule: gettext_lazy("Change a rule"),
    Act.remove_rule: gettext_lazy("Remove a rule"),
    Act.create_domain: gettext_lazy("Add a domain"),
    Act.change_domain: gettext_lazy("Change a domain"),
    Act.pause_domain: gettext_lazy("Pause a domain"),
    Act.resume_domain: gettext_lazy("End the pause of a domain"),
    Act.remove_domain: gettext_lazy("Remove a domain"),
    Act.keep_domain: gettext_lazy("Keep a domain"),
    Act.export_domain: gettext_lazy("Write a domain to a file"),
    Act.erase_domain: gettext_lazy("Erase a removed domain"),
    Act.publish_text: gettext_lazy("Publish a text"),
    Act.set_option: gettext_lazy("Change an option"),
    Act.publish_announcement: gettext_lazy("Publish an announcement"),
    Act.delete_announcement: gettext_lazy("Delete an announcement"),
    Act.add_emoji: gettext_lazy("Add an emoji"),
    Act.change_emoji: gettext_lazy("Change emoji"),
    Act.import_emoji: gettext_lazy("Import emoji"),
    Act.delete_emoji: gettext_lazy("Delete emoji"),
    Act.evict_media: gettext_lazy("Remove copies of media"),
    Act.create_login: gettext_lazy("Create a login"),
    Act.set_password: gettext_lazy("Set a password"),
    Act.change_address: gettext_lazy("Changed an e-mail address"),
    Act.reset_factor: gettext_lazy("Reset second factor"),
    Act.use_passkey: gettext_lazy("Use a passkey"),
    Act.use_code: gettext_lazy("Sign in with a code"),
    Act.appeal: gettext_lazy("Appeal against a warning"),
    Act.delete_login: gettext_lazy("Delete a login"),
    Act.create_identity: gettext_lazy("Create an identity"),
    Act.share_identity: gettext_lazy("Share an identity"),
    Act.unshare_identity: gettext_lazy("End access to an identity"),
    Act.change_access: gettext_lazy("Change a role for an identity"),
    Act.exceed_role: gettext_lazy("Do more than a role for an identity allows"),
    Act.move_identity: gettext_lazy("Move an identity"),
    Act.rotate_key: gettext_lazy("Replace a key"),
    Act.delete_identity: gettext_lazy("Delete an identity"),
    Act.add_provider: gettext_lazy("Add a sign-in provider"),
    Act.change_provider: gettext_lazy("Change a sign-in provider"),
    Act.remove_provider: gettext_lazy("Remove a sign-in provider"),
    Act.connect_login: gettext_lazy("Connect a login with a provider"),
    Act.disconnect_login: gettext_lazy("Disconnect a login from a provider"),
    Act.create_token: gettext_lazy("Create an API token"),
    Act.open_page: gettext_lazy("Use a staff page"),
}

# details with a translated text
_WORDS: dict[tuple[str, Any], str] = {
    ("restriction", "none"): gettext_lazy("restriction removed"),
    ("restriction", "limited"): gettext_lazy("limited"),
    ("restriction", "suspended"): gettext_lazy("suspended"),
    ("is_sensitized", True): gettext_lazy("all media covered"),
    ("is_sensitized", False): gettext_lazy("media shown again"),
    ("same_login", True): gettext_lazy("with another identity of the login"),
    ("is_disabled", True): gettext_lazy("disabled"),
    ("is_disabled", False): gettext_lazy("enabled again"),
    ("is_restricted", True): gettext_lazy("restricted"),
    ("is_restricted", False): gettext_lazy("restriction lifted"),
    ("is_resolved", True): gettext_lazy("resolved"),
    ("is_resolved", False): gettext_lazy("reopened"),
    ("is_approved", True): gettext_lazy("approved"),
    ("is_approved", False): gettext_lazy("rejected"),
    ("is_trendable", True): gettext_lazy("may trend"),
    ("is_trendable", False): gettext_lazy("may not trend"),
    ("is_usable", True): gettext_lazy("can be used"),
    ("is_usable", False): gettext_lazy("can't be used"),
    ("is_listable", True): gettext_lazy("found by search"),
    ("is_listable", False): gettext_lazy("not found by search"),
    ("is_shared", True): gettext_lazy("shared"),
    ("is_shared", False): gettext_lazy("no longer shared"),
    ("listed_only", True): gettext_lazy("with listed servers only"),
    ("listed_only", False): gettext_lazy("with all servers that are not blocked"),
    ("is_on", True): gettext_lazy("turned on"),
    ("is_on", False): gettext_lazy("turned off"),
    ("undone", True): gettext_lazy("undone"),
    ("policy", "open"): gettext_lazy("open"),
    ("policy", "allowed"): gettext_lazy("allowed"),
    ("policy", "limited"): gettext_lazy("limited"),
    ("policy", "blocked"): gettext_lazy("blocked"),
    ("reject_media", True): gettext_lazy("media refused"),
    ("reject_reports", True): gettext_lazy("reports refused"),
    ("force_sensitive", True): gettext_lazy("media covered"),
    ("force_unlisted", True): gettext_lazy("posts unlisted"),
    ("strip_links", True): gettext_lazy("links removed"),
    ("allows_with_approval", True): gettext_lazy("after approval"),
    ("severity", "sign_up_requires_approval"): gettext_lazy("sign-ups need approval"),
    ("severity", "sign_up_block"): gettext_lazy("no sign-ups"),
    ("severity", "no_access"): gettext_lazy("no access"),
}
_SAID = (
    "role",
    "invited",
    "page",
    "name",
    "issuer",
    "value",
    "scopes",
    "text",
    "message",
    "effective_on",
    "moved_to",
)  # shown unchanged


def label_of(entry: AuditEntry) -> str:
    return str(LABELS[Act(entry.act)]) if entry.act in Act else entry.act


def actor_of(entry: AuditEntry) -> str:
    """Return the actor if it has no handle."""
    if entry.actor_id == COMMAND_LINE:
        return _("command line")
    return _("this server") if entry.actor_id is None else _("Login {number}").format(number=entry.actor_id)


def facts_of(entry: AuditEntry) -> list[str]:
    """Return the details that are shown; the export has all of them."""
    facts = [
        str(_WORDS[name, value])
        for name, value in entry.details.items()
        if isinstance(value, (str, bool)) and (name, value) in _WORDS
    ]
    facts += [str(entry.details[name]) for name in _SAID if entry.details.get(name) not in (None, "")]
    facts += [str(one) for one in entry.details.get("changed", [])]
    if posts := entry.details.get("posts"):
        facts.append(ngettext("{count} post", "{count} posts", len(posts)).format(count=len(posts)))
    if hosts := entry.details.get("hosts"):
        facts.append(ngettext("{count} server", "{count} servers", len(hosts)).format(count=len(hosts)))
    return facts


def refusal_of(entry: AuditEntry) -> str:
    """Return why the action was refused."""
    return _(MESSAGES[entry.refusal]) if entry.refusal in MESSAGES else ""
