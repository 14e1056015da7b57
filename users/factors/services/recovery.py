"""Recovery codes: ten per login, each valid once.

They are derived from a random token in the form, so that submitting the form twice shows the same codes.
"""

import hmac

from django.conf import settings

from core import clock
from core.ids import new_id
from users.factors.models import RecoveryCode
from users.logins.models import User

COUNT = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without similar-looking characters: i, l, o, 0, 1
_GROUPS, _GROUP = 3, 4  # 59 bits
_LENGTH = _GROUPS * _GROUP


def _keyed(text: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), text.encode(errors="surrogatepass"), "sha256")


def _codes(user: User, mark: str) -> list[str]:
    found = []
    for number in range(COUNT):
        raw = _keyed(f"users.recovery\n{user.pk}\n{mark}\n{number}")
        text = "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in raw[:_LENGTH])
        found.append("-".join(text[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP)))
    return found


def _hash(user: User, code: str) -> str:
    return _keyed(f"users.recovery_code\n{user.pk}\n{code.replace('-', '')}").hex()


async def put_codes(user: User, mark: str) -> list[str]:
    """Replace a login's codes with those derived from a mark, and return them. Codes that exist already don't change, used or not. Runs
    inside the caller's transaction.
    """
    codes = _codes(user, mark)
    hashes = {_hash(user, code) for code in codes}
    mine = RecoveryCode.objects.filter(user=user.pk)
    if {text async for text in mine.values_list("code_hash", flat=True)} != hashes:
        await mine.adelete()
        await RecoveryCode.objects.abulk_create(
            [RecoveryCode(id=new_id(), user=user, code_hash=text) for text in hashes]
        )
    return codes


async def use_code(user: User, code: str) -> bool:
    """Use up a code as typed; return whether it was valid. Of two concurrent requests with one code, one succeeds."""
    plain = "".join(code.split()).replace("-", "").lower()
    found = RecoveryCode.objects.filter(user=user.pk, code_hash=_hash(user, plain), used_at=None)
    return bool(await found.aupdate(used_at=clock.now()))


async def codes_left(user: User) -> int:
    """Count a login's unused codes. Index users_recoverycode_of_user."""
    return int(await RecoveryCode.objects.filter(user=user.pk, used_at=None).acount())
