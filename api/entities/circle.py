"""Circle: an extension, as in Fedibird and kmyblue."""

import msgspec

from users.circles.models import Circle as CircleModel
from users.circles.queries import CircleRow


class Circle(msgspec.Struct):
    id: str
    title: str


def circle(row: CircleModel | CircleRow) -> Circle:
    return Circle(str(row.id), row.title)
