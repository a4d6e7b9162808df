"""Looking into a file that somebody sends: what it is, whether it is harmless, and what it tells besides its picture.

Files are hostile until they were parsed. :func:`look_into` has that done by a child process with little memory, little
time and no way to write a file; the child is this module, run as a program. It reads the file's bytes and answers with
one line of JSON, followed by the bytes to keep.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

MEDIA_TYPES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
}
"""What is taken, and how the names of such files end."""

_SECONDS = 20
_MEMORY = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Finding:
    """Something told by a file besides what it shows: ``kind`` is what it is, ``text`` what stands there."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Looked:
    """A file that was looked into. ``refusal`` is a code, empty where it is taken; ``data`` is what to keep."""

    refusal: str
    media_type: str = ""
    findings: Sequence[Finding] = ()
    data: bytes = b""


def look_into(data: bytes, *, strip: bool = False) -> Looked:
    """Return what a file is and tells; with ``strip`` its metadata are taken out of what is to be kept.

    Refusals: ``attachment-type`` (no JPEG, PNG, WebP or PDF), ``attachment-damaged`` (cannot be read whole),
    ``attachment-active`` (a PDF that runs something, or carries files), ``attachment-locked`` (a PDF with a password),
    ``attachment-two-in-one`` (something else is hidden before, behind or within it), ``attachment-too-complex``
    (it would take more memory or time than a file of its kind may).
    """
    try:
        child = subprocess.run(  # noqa: S603 - nothing of the command comes from outside
            [sys.executable, "-I", "-m", "jointops.returns.filereader", *(["--strip"] if strip else [])],
            input=data,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Looked("attachment-too-complex")
    line, _newline, kept = child.stdout.partition(b"\n")
    if child.returncode != 0 or not line:
        # The system ended it, or it ended itself for want of memory.
        return Looked("attachment-too-complex")
    said = json.loads(line)
    findings = tuple(Finding(kind, text) for kind, text in said["findings"])
    return Looked(said["refusal"], said["media_type"], findings, kept)


def limit_this_process() -> None:
    """Take from the process that reads a hostile file what it does not need: memory, time, files, children."""
    for what, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, _SECONDS // 2),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
