"""Released packages from the package index: downloaded once into `.cache/`, unpacked, never committed."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

CACHE = Path(__file__).parent.parent / ".cache" / "released"


def unpacked(name: str, version: str, digest: str) -> Path:
    """The folder with the unpacked wheel of `name` at `version`, whose SHA-256 must be `digest`."""
    folder = CACHE / f"{name}-{version}"
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        wheel = _downloaded(name, version)
        assert hashlib.sha256(wheel.read_bytes()).hexdigest() == digest, f"{wheel.name} is not what it was"
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
    return folder


def _downloaded(name: str, version: str) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    options = ["--only-binary", ":all:", "--dest", str(CACHE), f"{name}=={version}"]
    subprocess.run([*command, *options], check=True, timeout=600)
    (wheel,) = CACHE.glob(f"{name.replace('-', '_')}-{version}-*.whl")
    return wheel
