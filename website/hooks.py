"""What mkdocs is told: the pages made from the program, those taken from elsewhere, the navigation, the links."""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from links import relinked
from navigation import navigation, title_of
from pages import made

ROOT = Path(__file__).parent.parent
# Pages that are kept elsewhere in the repository, and their names on the site.
TAKEN = {
    "README.md": "overview.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "fixes/airflow/README.md": "operators.md",
}
_STYLE = "assets/site.css"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is not in docs/, and put the navigation together from all that is there."""
    for place, text in made().items():
        files.append(File.generated(config, place, content=text))
    for place, page in TAKEN.items():
        files.append(File.generated(config, page, content=(ROOT / place).read_text("utf-8")))
    files.append(File.generated(config, _STYLE, abs_src_path=str(ROOT / "website" / "site.css")))
    texts = {file.src_uri: file.content_string for file in files.documentation_pages()}
    config.nav = navigation(texts, lambda page: title_of(texts[page], page))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Make the links of a page right for the site."""
    there = {file.src_uri for file in files}
    places = {f"docs/{uri}": uri for uri in there - set(TAKEN.values())} | TAKEN
    uri = page.file.src_uri
    place = next(place for place, known in places.items() if known == uri)
    return relinked(markdown, place, uri, places)
