"""The shipped data is valid, cites its sources, and a wrong entry is named with file, number and key."""

from __future__ import annotations

import pytest

from cmlint.knowledge.loader import KnowledgeError, load, shipped


def test_every_resource_and_protocol_cites_public_documentation() -> None:
    knowledge = shipped()
    assert knowledge.resources
    for entry in (*knowledge.resources.values(), *knowledge.protocols.values()):
        assert entry.source.startswith("https://")


def test_aliases_lead_to_known_names() -> None:
    knowledge = shipped()
    known = " ".join([*knowledge.resources, *knowledge.protocols])
    for name, target in knowledge.aliases.items():
        assert target in known, f"{name} is an alias of {target}, which nothing is known about"


def test_re_exports_have_one_name() -> None:
    knowledge = shipped()
    assert knowledge.canonical("multiprocessing.get_context().Process().start") == "multiprocessing.Process().start"
    assert knowledge.canonical("elsewhere.Process") == "elsewhere.Process"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[resorce]]\n", "x.toml: [[resorce]] is not a kind of entry"),
        ("[[resource]]\nacquire = 'a'\n", "x.toml: resource 1: `release` is missing"),
        ("[[resource]]\nacquire = 3\n", "x.toml: resource 1: `acquire` must be a str, not 3"),
        ("[[alias]]\nname = 'a'\nis = 'b'\nwas = 'c'\n", "x.toml: alias 1: unknown key `was`"),
        ("[[alias]]\nname = 'a'\nis = 'b'\n[[alias]]\nname = 'a'\nis = 'c'\n", "x.toml: alias 2: `a` is there already"),
        (
            "[[resource]]\nacquire = 'a'\nrelease = ['close']\nkind = 'file'\nsource = ''\n",
            "x.toml: resource 1: each of `release` is either '.method' or 'function(_)'",
        ),
        ("[[resource\n", "x.toml: "),
    ],
)
def test_a_wrong_entry_is_named(text: str, message: str) -> None:
    with pytest.raises(KnowledgeError) as caught:
        load({"x.toml": text})
    assert str(caught.value).startswith(message)
