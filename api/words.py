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
}

MASTODONS = {key: VALIDATION + words for key, words in _OF_MODELS.items()} | {
    "replies_policy.unknown": "'{given}' is not a valid replies_policy",
    # logins and moderation
    "already_confirmed": "This method is only available while the e-mail is awaiting confirmation",
    # polls, announcements, reports, hashtags, quotes
    "not_allowed": "This action is not allowed",
}
