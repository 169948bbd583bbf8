"""The shipped data is valid, cites its sources, and a wrong entry is named with file, number and key."""

from __future__ import annotations

import json
import re
import sys
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cmlint.knowledge import shipped_triggers
from cmlint.knowledge.anchors import triggers_of, written_out
from cmlint.knowledge.entries import KINDS
from cmlint.knowledge.loader import KnowledgeError, load, shipped
from cmlint.knowledge.plain import plain_tables
from cmlint.rules import orphaned_process, unreleased_resource, unrestored_state
from conftest import LEAKY, Run

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SHIPPED_TRIGGERS = Path(shipped_triggers.__file__)
AN_ACQUIRE = "`acquire` must be a dotted name such as `lab.Laser().fire`"
A_PROTOCOL = "`name` must be a dotted name, `*.a.b` or `.*.b`"
OTHER_VERSIONS = {
    "aifc",
    "asynchat",
    "asyncore",
    "imp",
    "msilib",
    "nntplib",
    "ossaudiodev",
    "pipes",
    "smtpd",
    "sunau",
    "telnetlib",
} | {"compression"}
OTHER_PROJECTS = {  # what the project calls itself whose import name its documentation does not hold
    "MySQLdb": "mysqlclient",
    "RPi": "raspberry-gpio-python",
    "cv2": "opencv",
    "distributed": "dask",
    "fitz": "pymupdf",
    "gi": "docs.gtk.org",
    "open": "io",
    "prometheus_client": "prometheus",
    "psycopg2": "psycopg",
    "pynvml": "nvml-api",
    "sentry_sdk": "getsentry",
    "cProfile": "profile",
    "tty": "termios",  # whose attributes `tty` changes
}
OWN = "[[resource]]\nacquire = 'company.lease'\nrelease = ['.give_back']\nkind = 'remote'\nsource = 'https://company.example'\n"


def shipped_file(name: str) -> str:
    return files("cmlint.knowledge").joinpath(name).read_text("utf-8")


def names_in(name: str) -> list[str]:
    knowledge = load({name: shipped_file(name)})
    return [*knowledge.resources, *knowledge.aliases]


def test_the_words_that_files_are_searched_for_are_those_of_the_shipped_protocols(
    request: pytest.FixtureRequest,
) -> None:
    derived = triggers_of(shipped())
    if request.config.getoption("--record"):
        SHIPPED_TRIGGERS.write_text(written_out(derived))
    assert SHIPPED_TRIGGERS.read_text() == written_out(derived)
    assert derived == shipped_triggers.SHIPPED


def test_every_resource_and_protocol_cites_public_documentation() -> None:
    knowledge = shipped()
    assert knowledge.resources
    sources = {name: entry.source for name, entry in knowledge.resources.items()}
    sources |= {name: one.source for name, protocols in knowledge.protocols.items() for one in protocols}
    for name, source in sources.items():
        page = urlsplit(source)
        assert page.scheme == "https" and "." in page.netloc and ":" not in page.netloc, f"{name} rests on {source}"
        assert page.path.strip("/") and not page.query, f"{name} rests on {source}, which is no page of its own"
        parts = re.split(r"[/.]", source)
        assert {"search", "pypi", "stackoverflow"}.isdisjoint(parts), f"{name} rests on {source}"


def letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def test_every_resource_cites_the_documentation_of_its_own_project() -> None:
    for name, entry in shipped().resources.items():
        package = name.partition(".")[0].removesuffix("()")
        names = (package, OTHER_PROJECTS.get(package, package))
        assert any(letters(one) in letters(entry.source) for one in names), f"{name} rests on {entry.source}"


def test_the_standard_library_rests_on_its_own_documentation() -> None:
    own = load({"standard_library.toml": shipped_file("standard_library.toml")})
    for name, entry in own.resources.items():
        page = r"https://docs\.python\.org/3(\.\d+)?/library/[\w.-]+\.html(#|$)"
        assert re.match(page, entry.source), f"{name} rests on {entry.source}"


def test_every_kind_of_resource_belongs_to_one_rule() -> None:
    rules = (orphaned_process, unreleased_resource, unrestored_state)
    for entry in shipped().resources.values():
        assert sum(entry.kind in rule._KINDS for rule in rules) == 1, f"{entry.acquire} has the kind {entry.kind}"
    assert sorted(KINDS) == sorted(kind for rule in rules for kind in rule._KINDS)


def test_the_documents_name_every_kind() -> None:
    root = Path(__file__).parent.parent
    listed = next(line for line in (root / "docs/json.md").read_text().split("\n") if line.startswith("| `kind`"))
    assert set(KINDS) <= set(re.findall(r"`(\w+)`", listed))
    head = shipped_file("standard_library.toml").partition("[[")[0]
    assert set(KINDS) <= set(re.findall(r"\w+", head.partition("# kind ")[2].partition("# type ")[0]))


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("conection", "unknown kind `conection`; did you mean `connection`? (there are process, thread, "),
        ("qqq", "unknown kind `qqq`; there are process, thread, "),
    ],
)
def test_a_kind_that_no_rule_reports_is_refused(cmlint: Run, tmp_path: Path, kind: str, hint: str) -> None:
    entry = f'acquire = "lab.Laser().fire"\nrelease = [".rest"]\nkind = "{kind}"\n'
    (tmp_path / "pyproject.toml").write_text(f"[[tool.cmlint.resources]]\n{entry}")
    (tmp_path / "a.py").write_text(LEAKY)
    result = cmlint("a.py")
    assert result.returncode == 2
    assert f"pyproject.toml: tool.cmlint: resource 1: {hint}" in result.stderr


@pytest.mark.parametrize(
    ("table", "entry", "problem"),
    [
        ("resources", {"acquire": "x((("}, f"resource 1: {AN_ACQUIRE}, not 'x((('"),
        ("resources", {"acquire": ""}, f"resource 1: {AN_ACQUIRE}, not ''"),
        ("resources", {"acquire": "lab.*"}, f"resource 1: {AN_ACQUIRE}, not 'lab.*'"),
        ("resources", {"acquire": "a b"}, f"resource 1: {AN_ACQUIRE}, not 'a b'"),
        ("resources", {"release": [".rest", ".no-name"]}, "resource 1: each of `release` must be '.method', "),
        ("resources", {"also": ["x()"]}, "resource 1: each of `also` must be a method such as `.join`, not 'x()'"),
        ("protocols", {"name": "*.(a+)+$"}, f"protocol 1: {A_PROTOCOL}, not '*.(a+)+$'"),
        ("protocols", {"name": "*.a"}, f"protocol 1: {A_PROTOCOL}, not '*.a'"),
        ("protocols", {"name": "lab.managed\n"}, f"protocol 1: {A_PROTOCOL}, not 'lab.managed\\n'"),
    ],
)
def test_a_name_that_no_code_can_have_is_refused(
    cmlint: Run, tmp_path: Path, table: str, entry: dict[str, object], problem: str
) -> None:
    good = {"acquire": "lab.Laser().fire", "release": [".rest"], "kind": "server"} if table == "resources" else {}
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in {**good, **entry}.items())
    (tmp_path / "pyproject.toml").write_text(f"[[tool.cmlint.{table}]]\n{lines}")
    (tmp_path / "a.py").write_text(LEAKY)
    result = cmlint("a.py")
    assert result.returncode == 2
    assert f"pyproject.toml: tool.cmlint: {problem}" in result.stderr


@pytest.mark.parametrize("name", ["hook", "lab.managed", "*.lab.managed", ".*.managed", ".lab.run", "lab.Größe().ab"])
def test_a_name_that_code_can_have_is_taken(cmlint: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[[tool.cmlint.protocols]]\nname = "{name}"\nthrows = true', "utf-8")
    (tmp_path / "a.py").write_text("")
    assert cmlint("a.py").returncode == 0


def test_each_shipped_name_is_one_that_the_settings_may_have() -> None:
    places = ("standard_library.toml", "libraries.toml", "protocols.toml")
    tables = {place: tomllib.loads(shipped_file(place)) for place in places}
    kinds = ("resource", "protocol")
    own = {place: {kind: table[kind] for kind in kinds if kind in table} for place, table in tables.items()}
    knowledge = load({}, own)
    assert knowledge.resources.keys() == shipped().resources.keys()
    assert knowledge.protocols.keys() == shipped().protocols.keys()


def test_the_standard_library_and_the_other_libraries_have_a_file_each() -> None:
    standard = sys.stdlib_module_names | OTHER_VERSIONS | {"memoryview", "open"}
    for name in names_in("standard_library.toml"):
        assert name.partition(".")[0] in standard, name
    for name in names_in("libraries.toml"):
        assert name.partition(".")[0] not in standard, name


def test_aliases_lead_to_known_names() -> None:
    knowledge = shipped()
    known = [*knowledge.resources, *knowledge.protocols]
    for name, target in knowledge.aliases.items():
        found = any(each == target or each.startswith((f"{target}.", f"{target}(")) for each in known)
        assert found, f"{name} is an alias of {target}, which nothing is known about"
        assert name not in known, f"{name} is an alias and has an entry of its own"


def test_re_exports_have_one_name() -> None:
    knowledge = shipped()
    assert knowledge.canonical("multiprocessing.get_context().Process().start") == "multiprocessing.Process().start"
    assert knowledge.canonical("elsewhere.Process") == "elsewhere.Process"


def test_only_what_is_joined_at_exit_hangs() -> None:
    hanging = {entry.acquire: entry.unless for entry in shipped().resources.values() if entry.hangs}
    assert hanging == {"multiprocessing.Process().start": "daemon", "threading.Thread().start": "daemon"}


def test_a_file_of_the_user_adds_entries() -> None:
    texts = {name: shipped_file(name) for name in ("standard_library.toml", "libraries.toml")}
    knowledge = load({**texts, "own.toml": OWN})
    lease = knowledge.resource("company.lease")
    assert lease is not None
    assert lease.release_methods == {"give_back"}
    assert knowledge.resource("open") == shipped().resource("open")


def test_an_entry_of_the_user_that_is_there_already_is_named() -> None:
    with pytest.raises(KnowledgeError) as caught:
        load({"libraries.toml": shipped_file("libraries.toml"), "own.toml": OWN.replace("company.lease", "h5py.File")})
    assert str(caught.value) == "own.toml: resource 1: `h5py.File` is there already"


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
            "x.toml: resource 1: each of `release` is either '.method', 'function(_)' or 'function()'",
        ),
        ("[[resource\n", "x.toml: "),
    ],
)
def test_a_wrong_entry_is_named(text: str, message: str) -> None:
    with pytest.raises(KnowledgeError) as caught:
        load({"x.toml": text})
    assert str(caught.value).startswith(message)


def test_the_plain_reader_reads_the_shipped_data_as_a_parser_does() -> None:
    texts = [
        each.read_text(encoding="utf-8") for each in files("cmlint.knowledge").iterdir() if each.name[-5:] == ".toml"
    ]
    assert texts
    for text in texts:
        assert plain_tables(text) == tomllib.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a = 1",
        "[[t]]\na = 1\na = 2",
        "[[t]]\na = 01",
        "[[t]]\na = 1.5",
        "[[t]]\na = 1_000",
        "[[t]]\na = 'literal'",
        '[[t]]\na = "x" # comment',
        '[[t]]\na = "\\u00e9\\n\\"" \nb = "\\U0001F600"',
        '[[t]]\na = "x", "y"',
        '[[t]]\na = ["x]\nb = "]',
        '[[t]]\na = ["x", # first\n"y"]',
        '[[t]]\na = [\n  "x", "y",\n  "z",\n]\nb = true',
        '[[t]]\na = ["x",]\n[[t]]\na = []',
        "[[t]]\na = [\n",
        '[[t]]\na = """\nx\n"""',
        "[t]\na = 1",
        "[[t]]\r\na = 1\r\n",
        "[[t]]\n a = 1",
        "[[t]]\na = true\n[[u]]\n[[t]]\nb = false",
        '[[t]]\na = "\t"',
    ],
)
def test_the_plain_reader_reads_any_text_as_a_parser_does_or_leaves_it(text: str) -> None:
    read = plain_tables(text)
    assert read is None or read == tomllib.loads(text)
