"""Our words for the errors that services raise as data: for pages, the command line, peers and the log.

`api/words.py` has Mastodon's, which apps compare. Keys are `field.code`, or a code alone: for an error without a field, or for any field.
A translation is another table with the same keys. tests/platform/test_errors_as_data.py finds what is missing and what is unused.
"""

from collections.abc import Mapping

OURS: dict[str, str] = {
    # lists
    "title.blank": "Enter a title.",
    "title.too_long": "A title can have at most {most} characters.",
    "replies_policy.unknown": "Choose whose replies the list shows.",
    "lists.too_many": "You can have at most {most} lists. Delete another one first.",
    "account.already_in_list": "This person is in the list already.",
    # posts
    "text.blank": "Write something, or add a file or a poll.",
    "text.too_long": "This is too long: a post can have at most {most} characters.",
    "media.too_many": "A post can have at most {most} files.",
    "quote.with_files_or_poll": "A post that quotes another one can't have files or a poll.",
    # filters
    "context.blank": "Choose where the filter applies.",
    "title.blank_with_context": "Enter a title, and choose where the filter applies.",
    "keyword.blank": "Enter a word or phrase.",
    "keyword.too_long": "A word or phrase can have at most {most} characters.",
    "expires_in.invalid": "A filter can last at most {most} days.",
    "action.unknown": "Choose what the filter does.",
    "filters.too_many": "You can have at most {most} filters. Delete another one first.",
    "keywords.too_many": "A filter can have at most {most} words or phrases.",
    "posts.too_many": "A filter can have at most {most} posts.",
    # relations, domains, names
    "follow_of_yourself": "You can't follow yourself.",
    "block_of_yourself": "You can't block yourself.",
    "mute_of_yourself": "You can't mute yourself.",
    "not_followable": "This account can't be followed.",
    "account_moved": "This account has moved; follow the new one.",
    "expires_in.mute_too_long": "A mute lasts ten years at most.",
    "languages.unknown": "Languages are given by their codes.",
    "comment.too_long": "This is too long: at most {most} characters.",
    "not_followed": "You can only feature people whom you follow.",
    "domain.blank": "Enter a domain.",
    "domain.invalid": "This is not the domain of another server.",
    "domain.too_many": "You can block at most {most} domains. Unblock another one first.",
    "account_deleted": "This account was deleted.",
    "not_a_number": "{name} is a number.",
    "domain.not_a_host": "{given!r} can't be a domain name. Write it like example.com, without https:// or a path.",
    "domain.not_usable": "{given!r} can't be a domain name.",
    "domain.exists": "{name} is already a domain here.",
    "sign_up_mode.unknown": "Sign-up is open, invite, approval or closed.",
    "content.blank": "The text is empty.",
    "option_of_wrong_type": "{name} can't be {value}: {reason}.",
    "option_out_of_bounds": "{name} must be between {least} and {most}.",
    "unknown_option": "There is no option {name!r}.",
    "option_of_other_level": "{name} is not an option of the {level} level.",
    "option_owner": "The system has no owner, and every other level has one.",
    "username.blank": "Choose a username.",
    "username.too_long": "A username can have at most {most} characters.",
    "username.invalid": "Use letters from a to z, digits and underscores only. Dots and dashes can stand between them.",
    "username.reserved": "This username is reserved. Choose another one.",
    "username.not_a_handle": "{given!r} is not a handle. It looks like name@example.com.",
    # logins and moderation
    "bad_link": "This link is no longer valid.",
    "bad_reset_link": "This link is no longer valid. Request a new one.",
    "password.too_short": "A password needs at least {least} characters.",
    "password.too_long": "A password can have at most {most} characters.",
    "password.too_easy": "This password is too easy to guess. Use a greater variety of characters.",
    "email.invalid": "This is not an e-mail address.",
    "email.too_long": "An e-mail address can have at most {most} characters.",
    "email.unknown": "There is no login with this e-mail address.",
    "email.taken": "There is already a login with this e-mail address.",
    "email.taken_by_login": "There is already a login with this e-mail address.",
    "confirmed_by_another": "This address was confirmed by another sign-up.",
    "no_such_login": "There is no such login.",
    "not_the_password_of_sign_up": "This is not the password of this sign-up.",
    "password_of_sign_up_needed": "Enter the password that you chose when you signed up.",
    "wrong_password": "The password is wrong.",
    "wrong_current_password": "The current password is wrong.",
    "wrong_sign_in": "The e-mail address or the password is wrong.",
    "restricted_login_not_deleted": "Your login is restricted. Ask the moderators of this server to delete it.",
    "only_admin": "This is the only admin. Make somebody else an admin first.",
    "too_many_attempts": "Too many attempts. Wait a while before you try again.",
    "too_many_passwords": "Too many passwords were tried for this login. Sign in from a network that you have used before, reset the password by e-mail, or wait a while.",
    "login_restricted": "The moderators of this server have restricted your login. Contact them if you think this is a mistake.",
    "login_not_active": "This login is not active yet: its address has to be confirmed, and a moderator may have to approve it.",
    "login_disabled": "This login is disabled. Contact the moderators of this server.",
    "login_unconfirmed": "Confirm your e-mail address first, using the link that we sent you.",
    "login_not_reviewed": "A moderator has not reviewed your request yet.",
    "too_many_identities": "A login can have {most} identities.",
    "username.taken": "{handle} is taken. Choose another name.",
    "username.on_other_domain": "The handle {handle} is not on {domain}.",
    "username.of_another_login": "{handle} belongs to another login.",
    "approval_needed": "On {domain}, a moderator has to let you in first.",
    "sign_up_closed": "{domain} does not take new people.",
    "invitation_needed": "{domain} takes new people by invitation only.",
    "moderators_invite": "Only moderators can invite people.",
    "already_confirmed": "Your e-mail address is confirmed already.",
    "already_set_up": "This server is already set up. Sign in instead.",
    "role.unknown": "A role is one of {known}.",
    "moderators_only": "Only moderators can do this.",
    "admins_only": "Only admins can do this.",
    "no_such_person": "There is no such person.",
    "staff_of_admins": "This person is a moderator or an admin. Only an admin can do this.",
    "restriction_of_yourself": "You can't restrict yourself.",
    "role_of_yourself": "Another admin has to change your role.",
    "own_login": "You can't do this to your own login.",
    "sign_up_not_waiting": "This sign-up is not waiting for approval.",
    "no_such_report": "There is no such report.",
    "policy.unknown": "A policy is one of {known}.",
    "host.is_local": "{host} is this server itself.",
    "no_such_queue": "There is no such queue.",
}


def lookup(words: Mapping[str, str], field: str, code: str, facts: Mapping[str, int | str]) -> str | None:
    """Return the sentence that a table has for an error."""
    text = words.get(f"{field}.{code}") or words.get(code)
    return text and text.format_map(facts)


def our_words(field: str, code: str, facts: Mapping[str, int | str]) -> str:
    """Return our sentence for an error; the code itself should it be missing."""
    return lookup(OURS, field, code, facts) or f"{field} {code}".strip().replace("_", " ").capitalize() + "."
