"""The appearance of pages for a login."""

from users.logins.models import TextSize, Theme, User


async def choose_appearance(
    *, user: User, language: str, theme: Theme, text_size: TextSize, is_compact: bool
) -> None:
    """Set the appearance of pages for this login, in every browser and for every identity. `language`: of core/languages.py, or "" for
    the browser's.
    """
    user.language, user.theme, user.text_size, user.is_compact = language, theme, text_size, is_compact
    await user.asave(update_fields=["language", "theme", "text_size", "is_compact"])
