"""Released packages from the package index: downloaded once into `.cache/`, unpacked, never committed."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

CACHE = Path(__file__).parent.parent / ".cache" / "released"


def unpacked(name: str, version: str, digest: str) -> Path:
    """The folder with the unpacked wheel of `name` at `version`, whose SHA-256 must be `digest`."""
    folder = CACHE / f"{name}-{version}"
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as beside:  # two workers may both get it: one wins
            wheel = _downloaded(name, version, Path(beside))
            assert hashlib.sha256(wheel.read_bytes()).hexdigest() == digest, f"{wheel.name} is not what it was"
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(Path(beside) / "unpacked")
            try:
                (Path(beside) / "unpacked").rename(folder)
            except OSError:
                if not folder.exists():
                    raise
    return folder


def _downloaded(name: str, version: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    options = ["--only-binary", ":all:", "--dest", str(folder), f"{name}=={version}"]
    subprocess.run([*command, *options], check=True, timeout=600)
    (wheel,) = folder.glob(f"{name.replace('-', '_')}-{version}-*.whl")
    return wheel
