"""Mastodon's messages for errors raised by services. Apps compare them, so they are never translated.

Keys are those of `core/error_messages.py`. Errors without a message in Mastodon get ours. What only the API raises, and no page shows,
is here alone.
"""

from core.error_messages import MESSAGES, find_message
from core.errors import Problem, restored

VALIDATION_PREFIX = "Validation failed: "

# Mastodon's model validations use these, after "Validation failed: ".
_OF_MODELS = {
    # lists
    "title.blank": "Title can't be blank",
    "title.too_long": "Title is too long (maximum is {most} characters)",
    "lists.too_many": "You have reached the maximum number of lists",
    "account.already_in_list": "Account has already been taken",
    # collections
    "collection_name.blank": "Name can't be blank",
    "collection_name.too_long": "Name is too long (maximum is {most} characters)",
    "collection_description.too_long": "Description is too long (maximum is {most} characters)",
    "language.unknown": "Language is invalid",
    "collections.too_many": "You have reached the maximum number of collections",
    "collection_items.too_many": "Collection items are too many (maximum is {most})",
    "account.not_featurable": "Account can't be added to a collection",
    "account.already_in_collection": "Account has already been taken",
    "account.left_collection": "Account left this collection and is not asked again",
    # posts
    "text.blank": "Text can't be blank",
    "text.too_long": "Text character limit of {most} exceeded",
    "media.too_many": "Cannot attach more than {most} files",
    "quote.with_files_or_poll": "A quote can't have files or a poll",
    # filters
    "context.blank": "Context can't be blank, Context None or invalid context supplied",
    "title.blank_with_context": "Title can't be blank, Context can't be blank, Context None or invalid context supplied",
    "keyword.blank": "Keyword can't be blank",
    "keyword.too_long": "Keyword is too long (maximum is {most} characters)",
    "expires_in.invalid": "Expires in is invalid",
    "action.unknown": "Action is not included in the list",
    "filters.too_many": "You have reached the maximum number of filters",
    "keywords.too_many": "You have reached the maximum number of keywords",
    "posts.too_many": "You have reached the maximum number of posts",
    # relations, domains, names
    "comment.too_long": "Comment is too long (maximum is {most} characters)",
    "not_followed": "You must be already following the person you want to endorse",
    "domain.blank": "Domain can't be blank",
    "domain.invalid": "Domain is not a valid domain name",
    "domain.too_many": "You have blocked the maximum number of domains",
    # logins and moderation
    "email.taken_by_login": "Email has already been taken",
    "name.no_email_domain": "Domain can't be blank",
    "name.not_an_email_domain": "Domain is invalid, Domain is not a valid domain name",
    "name.rule_exists": "Domain has already been taken",
    "network.not_a_network": "Ip is invalid",
    "network.rule_exists": "Ip has already been taken",
    "severity.unknown_severity": "Severity is not included in the list",
    "expires_in.not_a_time": "Expires in is invalid",
    "email.no_email": "Canonical email hash can't be blank",
    "email.rule_exists": "Canonical email hash has already been taken",
    # polls, announcements, reports, hashtags, quotes
    "poll.too_few_options": "Poll options must have more than one item",
    "poll.too_many_options": "Poll options can't contain more than {most} items",
    "poll.option_too_long": "Poll options can't be longer than {most} characters each",
    "poll.same_options": "Poll options contain duplicate items",
    "poll.too_short": "Poll expires at is too soon",
    "poll.too_long": "Poll expires at is too far into the future",
    "vote_in_own_poll": "You cannot vote in your own polls",
    "poll_ended": "The poll has already ended",
    "no_such_option": "The chosen vote option does not exist",
    "voted_already": "You have already voted on this poll",
    "name.not_an_emoji": "Name is not a recognized emoji",
    "name.too_many_reactions": "Limit of different reactions reached",
    "category.unknown": "Category is not included in the list",
    "rules.unknown": "Rule ids does not reference valid rules",
    "tag.invalid": "Tag is invalid",
    "tag.too_many_followed": "You have reached the maximum number of followed hashtags",
    "tag.too_many_featured": "You have already featured the maximum number of hashtags",
    # media
    "file.blank": "File can't be blank",
    "file.invalid": "File content type is invalid, File is invalid",
    "file.too_hard": "File takes too much memory or time to process",
    "file.not_convertible": "File is a video, a sound or an animation, which this server can't take: ffmpeg is not installed here",
    "file.too_large": "File must be less than {most} MB",
    "file.too_many_pixels": "File of {width}x{height} pixels is not supported",
    "file.too_fast": "File of {rate} frames per second is not supported",
    "file.too_many_frames": "File has over {most} frames",
    "file.too_many_minutes": "File is longer than {minutes} minutes",
    "file.not_processed": "Error processing the uploaded media",
    "thumbnail.not_a_picture": "Thumbnail content type is invalid, Thumbnail is invalid",
    "focus.invalid": "Focus is invalid",
    "icon.blank": "Avatar can't be blank",
    "icon.too_large": "Avatar must be less than {most} MB",
    "icon.not_a_picture": "Avatar content type is invalid, Avatar is invalid",
    "image.blank": "Header can't be blank",
    "image.too_large": "Header must be less than {most} MB",
    "image.not_a_picture": "Header content type is invalid, Header is invalid",
    "media.not_found": "Media {ids} not found or already attached to another post",
    "media.processing": "Cannot attach files that have not finished processing. Try again in a moment!",
    "media.video_with_others": "Cannot attach a video to a post that already contains images",
    # posts and other servers
    "pin_of_other_post": "Someone else's post cannot be pinned",
    "pin_of_private_mention": "Posts that are only visible to mentioned users cannot be pinned",
    "not_an_emoji": "Name is not a recognized emoji",
    "too_many_reactions": "Limit of different reactions reached",
    "too_many_pins": "You have already pinned the maximum number of posts",
    # writing and scheduling posts
    "media.not_free": "Media attachment is not yours, or in use",
    "scheduled_at.too_late": "Scheduled at The scheduled date must be within the next five years",
    "scheduled_at.too_soon": "Scheduled at The scheduled date must be in the future",
    "scheduled_at.too_many": "You have exceeded the limit of {most} scheduled posts",
    "scheduled_at.too_many_a_day": "You have exceeded the limit of {most} scheduled posts for that day",
    # push subscriptions
    "p256dh.not_a_key": "Key p256dh is invalid",
    "auth.not_a_key": "Key auth is invalid",
    "endpoint.not_a_url": "Endpoint is not a valid URL",
    "endpoint.too_long": "Endpoint is too long",
    # apps
    "app_name.blank": "Application name can't be blank",
    "app_name.too_long": "Application name is too long (maximum is {most} characters)",
    "website.not_a_url": "Website must be a valid URL",
    "redirect_uri.not_absolute": "Redirect URI must be an absolute URI.",
    "redirect_uri.with_fragment": "Redirect URI cannot contain a fragment.",
    "scopes.unknown": "Scopes doesn't match configured on the server.",
    # parameters
    "parameter_invalid": "{parameter} is invalid",
    "parameter_not_storable": "{parameter} contains characters that can't be stored",
    "parameter_not_a_number": "{parameter} is not a number",
    "parameter_not_in_list": "{parameter} is not included in the list",
    "parameter_of_too_many_values": "{parameter} has too many values",
    "parameter_too_long": "{parameter} is too long (maximum is {most} characters)",
    "phrase.blank": "Phrase can't be blank",
    "ends_before_start": "The end is before the start",
    "circle_and_other_visibility": "A post to a circle can't have another visibility as well",
    "local_only_and_narrower": "A local-only post is for everyone on this server, it can't be private or direct as well",
    # staff
    "severity.without_effect": "Severity has no effect without reject_media or reject_reports",
    "server_blocked_already": "You have already imposed stricter limits on {host}.",
    "account_suspended": "This account is suspended; lift the suspension first",
    "account_without_login": "Accounts of other servers have no login here",
}

# Errors of the fields of a sign-up: Mastodon's code, and a text that follows the name of the field.
OF_FIELDS = {
    "blank": ("ERR_BLANK", "can't be blank"),
    "taken": ("ERR_TAKEN", "has already been taken"),
    "reserved": ("ERR_RESERVED", "is reserved"),
    "not_accepted": ("ERR_ACCEPTED", "must be accepted"),
    "too_long": ("ERR_TOO_LONG", "is too long (maximum is {most} characters)"),
    "too_short": ("ERR_TOO_SHORT", "is too short (minimum is {least} characters)"),
    "invalid": ("ERR_INVALID", "is invalid"),
    "not_a_username": ("ERR_INVALID", "must contain only letters, numbers and underscores"),
    "below_limit": ("ERR_BELOW_LIMIT", "is below the age limit"),
    "too_easy": ("ERR_INVALID", "is too easy to guess"),
    "too_common": ("ERR_INVALID", "is too common"),
    "provider_refused": ("ERR_BLOCKED", "contains a disallowed e-mail provider"),
}

MASTODON_MESSAGES = {key: VALIDATION_PREFIX + words for key, words in _OF_MODELS.items()} | {
    # general
    "not_found": "Record not found",
    "no_such_rule": "Record not found",
    "too_many_requests": "Too many requests",
    "record_invalid": "Record invalid",
    "parameter_missing": "param is missing or the value is empty or invalid: {name}",
    "body_not_an_object": "The body is not a JSON object.",
    "no_such_endpoint": "The API has no such endpoint",
    # tokens
    "token_invalid": "The access token is invalid",
    "token_revoked": "The access token was revoked",
    "token_expired": "The access token expired",
    "token_of_disabled_login": "Your login is currently disabled",
    "token_of_unconfirmed_login": "Your login is missing a confirmed e-mail address",
    "token_of_pending_login": "Your login is currently pending approval",
    "user_needed": "This method requires an authenticated user",
    "scope_missing": "This action is outside the authorized scopes",
    "anonymous_refused": "This API requires an authenticated user",
    "app_token_needed": "This method requires an client credentials authentication",
    "other_app": "This method is only available to the application the user originally signed-up with",
    # OAuth: most are the sentences of RFC 6749
    "oauth_client_unknown": "Client authentication failed due to unknown client, no client authentication included,"
    " or unsupported authentication method.",
    "oauth_grant_invalid": "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the"
    " authorization request, or was issued to another client.",
    "oauth_grant_type_unknown": "The authorization grant type is not supported by the authorization server.",
    "oauth_scope_unknown": "The requested scope is invalid, unknown, or malformed.",
    "oauth_header_unreadable": "The Authorization header can't be read.",
    "oauth_parameter_missing": "Missing required parameter: {name}.",
    "oauth_not_to_revoke": "You are not authorized to revoke this token",
    "oauth_response_type_unknown": "The authorization server does not support this response type.",
    "oauth_challenge_method_unknown": "The code_challenge_method must be S256.",
    "oauth_challenge_invalid": "The code challenge is invalid.",
    "oauth_nonce_too_long": "The nonce is too long: at most {most} characters.",
    "oauth_interaction_required": "The user has to sign in or to agree, which takes a page.",
    "oauth_access_denied": "The resource owner or authorization server denied the request.",
    # streams
    "channel_unknown": "Unknown channel requested",
    "no_streams_now": "Streams are not served right now.",
    "stream_unknown": "Unknown stream type",
    "stream_scopes_missing": "Access token does not have the required scopes",
    "stream_without_tag": "Missing tag name parameter",
    "stream_without_list": "Missing list name parameter",
    "stream_of_other_list": "Not authorized to stream this list",
    "stream_of_other_conversation": "Not authorized to stream this conversation",
    "stream_without_token": "Missing access token",
    "stream_token_invalid": "Invalid access token",
    "too_many_streams": "Too many streams",
    # collections
    "account.missing": "`account_id` parameter is missing",
    # lists
    "replies_policy.unknown": "'{given}' is not a valid replies_policy",
    # logins and moderation
    "already_confirmed": "This method is only available while the e-mail is awaiting confirmation",
    # moves: Mastodon has no messages for these, and apps show only `error`
    "you_moved": MESSAGES["you_moved"],
    "domain_is_local_only": MESSAGES["domain_is_local_only"],
    "moved_lately": MESSAGES["moved_lately"],
    # polls, announcements, reports, hashtags, quotes
    "not_allowed": "This action is not allowed",
    # policies of posts: Mastodon has no messages for these
    "not_approved_yet": MESSAGES["not_approved_yet"],
    "reply_not_allowed": MESSAGES["reply_not_allowed"],
    "like_not_allowed": MESSAGES["like_not_allowed"],
    "boost_not_allowed": MESSAGES["boost_not_allowed"],
    # media
    "media.in_use": "Media attachment is currently used by a status",
    # writing and scheduling posts
    "circle_not_found": "Record not found",
    "not_answerable": "The post you are trying to reply to does not appear to exist.",
    "not_quotable": "The post you are trying to quote does not appear to exist.",
    "unexpected_mentions": "Post would be sent to unexpected accounts",
}


def error_message(problem: Problem) -> str:
    """Return Mastodon's message for the error, or ours if it has none."""
    return find_message(MASTODON_MESSAGES, problem.field, problem.code, problem.facts) or problem.sentence


def stored_error_message(reason: str) -> str:
    """Return the message for an error that is stored in the database."""
    return error_message(restored(reason)).removeprefix(VALIDATION_PREFIX)
