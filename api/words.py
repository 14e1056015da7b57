"""Mastodon's words for the errors that services raise as data. Apps compare them, so they are never translated.

Keys are those of `core/words.py`. What Mastodon has no words for is said in ours.
"""

VALIDATION = "Validation failed: "

# Mastodon's models say these, after "Validation failed: ".
_OF_MODELS = {
    # lists
    "title.blank": "Title can't be blank",
    "title.too_long": "Title is too long (maximum is {most} characters)",
    "lists.too_many": "You have reached the maximum number of lists",
    "account.already_in_list": "Account has already been taken",
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
}

MASTODONS = {key: VALIDATION + words for key, words in _OF_MODELS.items()} | {
    "replies_policy.unknown": "'{given}' is not a valid replies_policy",
    # logins and moderation
    "already_confirmed": "This method is only available while the e-mail is awaiting confirmation",
}
