"""Download the uv program from PyPI with only the standard library, for a Python that has neither venv nor pip.

Usage: python3 fetch_uv.py FILE. Works with Python 3.8 and newer.
"""

import hashlib
import io
import os
import platform
import re
import sys
import urllib.parse
import urllib.request
import zipfile

INDEX = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/") + "/uv/"


def read(url: str) -> bytes:
    with urllib.request.urlopen(urllib.parse.urljoin(INDEX, url), timeout=300) as answer:  # noqa: S310
        return answer.read()


def main(target: str) -> None:
    """Put the program at `target`, from a wheel whose hash is that of the index."""
    wheels = r'href="([^"#]*/uv-[0-9.]+-[^"#]*manylinux[^"#]*_%s\.whl)#sha256=([0-9a-f]{64})"'
    found = re.findall(wheels % platform.machine(), read("").decode())
    if not found:
        raise SystemExit(f"there is no uv for {platform.machine()} at {INDEX}")
    address, expected = found[-1]
    data = read(address)
    if hashlib.sha256(data).hexdigest() != expected:
        raise SystemExit("the download of uv is damaged")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        name = next(n for n in archive.namelist() if n.endswith("/scripts/uv"))
        program = archive.read(name)
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    with open(target, "wb") as file:
        file.write(program)
    os.chmod(target, 0o755)  # noqa: S103 - a program


if __name__ == "__main__":
    main(sys.argv[1])
