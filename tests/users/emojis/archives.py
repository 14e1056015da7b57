"""Archives of emoji as other software writes them, and malicious ones."""

import io
import json
import tarfile
import zipfile


def zipped(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def tarred(files: dict[str, bytes], mode: str = "w:gz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("passwd.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return out.getvalue()


def of_pleroma(files: dict[str, bytes]) -> bytes:
    described = {
        "files": {name.rpartition(".")[0]: name for name in files},
        "pack": {"license": "x"},
        "files_count": len(files),
    }
    return zipped(files | {"pack.json": json.dumps(described).encode()})


def of_misskey(files: dict[str, bytes]) -> bytes:
    listed = [
        {
            "downloaded": True,
            "fileName": name,
            "emoji": {"name": f"mk-{number}", "category": "Mi", "aliases": [""]},
        }
        for number, name in enumerate(files)
    ]
    return zipped(files | {"meta.json": json.dumps({"metaVersion": 2, "emojis": listed}).encode()})
