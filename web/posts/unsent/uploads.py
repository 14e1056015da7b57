"""Uploads of files while the user types (static/js/writing/form/uploads.js)."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from core.asgi.decorators import body_limit, discards_files, methods
from core.asgi.request import Request
from users.domains.queries import limits_of
from web.middleware import words_only
from web.pages import render_partial, signed_in
from web.posts.compose_files import max_body_bytes, save_uploads, upload_limits


@methods("POST")
@body_limit(max_body_bytes)
@discards_files(words_only)
@signed_in
async def upload(request: Request) -> HttpResponse:
    """Store the file `file_1`, and return its row of the composer; a refusal is 422 with the reason as plain text."""
    files = await save_uploads(request)
    if files.problems or len(files.uploaded) != 1:
        said = "\n".join(files.problems) or _("Choose a file.")
        return HttpResponse(said, status=422, content_type="text/plain; charset=utf-8")
    context = {
        "upload": files.uploaded[0],
        "limits": upload_limits(await limits_of(request.identity.domain_id)),
    }
    return render_partial(request, "posts/compose/_compose_file.html", context)
