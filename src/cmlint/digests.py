"""A digest of bytes, which tells whether a file is another one than before; it is no signature."""

from __future__ import annotations


def digest(raw: bytes) -> str:
    """Forty hexadecimal digits."""
    from hashlib import blake2b  # which loads a library for encryption, and few runs need it

    return blake2b(raw, digest_size=20).hexdigest()
