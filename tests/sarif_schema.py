"""The official schema of SARIF 2.1.0 from the npm package that carries it: got into `.cache/`, never committed."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

PACKAGE = "@microsoft/jest-sarif@1.0.0-beta.0"
MEMBER = "package/lib/schemas/sarif-2.1.0-rtm.5.json"
DIGEST = "2d99159ae54a3eea97f81781cff48780548657c35949f4b7f25e99a2ba4de4f8"
CACHE = Path(__file__).parent.parent / ".cache" / "sarif"


def schema() -> dict[str, Any] | None:
    """The schema, or None where it is not cached and there is no `npm` to get it with."""
    file = CACHE / Path(MEMBER).name
    if not file.exists():
        npm = shutil.which("npm")
        if npm is None:
            return None
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as beside:  # two workers may both get it: the last one wins
            subprocess.run([npm, "pack", "--silent", PACKAGE], cwd=beside, check=True, timeout=300, capture_output=True)
            (archive,) = Path(beside).glob("*.tgz")
            with tarfile.open(archive) as packed:
                member = packed.extractfile(MEMBER)
                assert member is not None
                data = member.read()
            assert hashlib.sha256(data).hexdigest() == DIGEST, f"{PACKAGE} is not what it was"
            (Path(beside) / file.name).write_bytes(data)
            (Path(beside) / file.name).replace(file)
    loaded: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return loaded
