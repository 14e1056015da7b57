"""docs.joinmastodon.org/entities/Translation"""

import msgspec

from activities.posts.queries.views import PostView
from activities.translations.services import Translation as Translated


class TranslatedAttachment(msgspec.Struct, frozen=True):
    id: str
    description: str


class TranslatedOption(msgspec.Struct, frozen=True):
    title: str


class TranslatedPoll(msgspec.Struct, frozen=True):
    id: str
    options: list[TranslatedOption]


class Translation(msgspec.Struct, frozen=True):
    content: str
    spoiler_text: str
    language: str
    media_attachments: list[TranslatedAttachment]
    detected_source_language: str
    provider: str
    poll: TranslatedPoll | msgspec.UnsetType = msgspec.UNSET


def translation(post: PostView, made: Translated) -> Translation:
    options = [TranslatedOption(title) for title in made.options]
    return Translation(
        content=made.content,
        spoiler_text=made.content_warning,
        language=made.target,
        media_attachments=[
            TranslatedAttachment(str(item.id), description)
            for item, description in zip(post.attachments, made.descriptions, strict=True)
        ],
        poll=TranslatedPoll(str(post.id), options) if options else msgspec.UNSET,
        detected_source_language=made.source,
        provider=made.provider,
    )
