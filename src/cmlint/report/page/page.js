// Filter, search and keyboard for a page that says everything without them. The state lives in the address:
// #q=WORDS&kind=file,lock&code=CML101&confidence=high&fix=safe&theme=dark&at=FINDING, or the id of a place alone.
"use strict";
(() => {
  const FACETS = ["kind", "code", "confidence", "fix"];
  const root = document.documentElement;
  const one = (selector) => document.querySelector(selector);
  const all = (selector, from = document) => Array.from(from.querySelectorAll(selector));
  const search = one("#q");
  const boxes = all(".filters input[type=checkbox]");
  const groups = all(".group").map((element) => ({
    element,
    count: element.querySelector("h2 small"),
    findings: all("article", element),
  }));
  const findings = groups.flatMap(({ element, findings: articles }) =>
    articles.map((article) => ({
      article,
      kind: element.dataset.kind,
      code: article.dataset.code,
      confidence: article.dataset.confidence,
      fix: article.dataset.fix,
      words: null,
    })),
  );
  let at = "";
  let theme = "";

  const chosen = (facet) => boxes.filter((box) => box.name === facet && box.checked).map((box) => box.value);
  const wordsOf = (finding) => (finding.words ??= finding.article.textContent.toLowerCase());
  const visible = () => findings.filter(({ article }) => !article.hidden).map(({ article }) => article);

  function applyFilter() {
    const wanted = FACETS.map((facet) => [facet, new Set(chosen(facet))]).filter(([, values]) => values.size);
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const finding of findings) {
      const matches =
        wanted.every(([facet, values]) => values.has(finding[facet])) &&
        words.every((word) => wordsOf(finding).includes(word));
      finding.article.hidden = !matches;
      shown += matches;
    }
    for (const { element, count, findings: articles } of groups) {
      const left = articles.filter((article) => !article.hidden).length;
      element.hidden = left === 0;
      count.textContent = left === articles.length ? `${left}` : `${left} of ${articles.length}`;
    }
    one("#count").textContent = `${shown} of ${findings.length}`;
    one("#none").hidden = shown > 0 || findings.length === 0;
    one("#clear").disabled = words.length === 0 && wanted.length === 0;
    for (const id of ["previous", "next"]) one(`#${id}`).disabled = shown === 0;
  }

  function isDark() {
    return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  function applyTheme() {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    one("#theme").textContent = isDark() ? "Light" : "Dark";
    one("#theme").setAttribute("aria-label", `Switch to ${isDark() ? "light" : "dark"} colours`);
  }

  function writeAddress() {
    const state = new URLSearchParams();
    if (search.value) state.set("q", search.value);
    for (const facet of FACETS) {
      const values = chosen(facet);
      if (values.length) state.set(facet, values.join(","));
    }
    if (theme) state.set("theme", theme);
    if (at) state.set("at", at);
    const text = state.toString().replaceAll("%2C", ",");
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  }

  function readAddress() {
    const hash = location.hash.slice(1);
    const state = new URLSearchParams(hash.includes("=") ? hash : "");
    search.value = state.get("q") ?? "";
    for (const box of boxes) box.checked = (state.get(box.name) ?? "").split(",").includes(box.value);
    const named = state.get("theme");
    theme = named === "dark" || named === "light" ? named : "";
    at = hash.includes("=") ? (state.get("at") ?? "") : hash;
    applyTheme();
    applyFilter();
    const target = at && document.getElementById(at);
    if (target) goTo(target);
  }

  function goTo(element) {
    element.hidden = false;
    const group = element.closest(".group");
    if (group) group.hidden = false;
    if (!element.hasAttribute("tabindex")) element.tabIndex = -1;
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "start" });
  }

  function currentArticle() {
    return document.activeElement?.closest?.("article") ?? (at ? document.getElementById(at)?.closest("article") : null);
  }

  function move(step) {
    const articles = visible();
    if (!articles.length) return;
    const index = articles.indexOf(currentArticle());
    const next = index < 0 ? (step > 0 ? 0 : articles.length - 1) : index + step;
    if (next < 0 || next >= articles.length) return;
    at = articles[next].id;
    writeAddress();
    goTo(articles[next]);
  }

  function clear() {
    search.value = "";
    for (const box of boxes) box.checked = false;
    changed();
  }

  function changed() {
    applyFilter();
    writeAddress();
  }

  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target === search;
    if (event.key === "Escape") {
      if (typing && search.value === "") search.blur();
      else if (typing) {
        search.value = "";
        changed();
      } else clear();
    } else if (typing) {
      if (event.key === "Enter") move(1);
      else return;
    } else if (event.key === "/") search.focus();
    else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else return;
    event.preventDefault();
  }

  document.body.classList.add("js");
  one("#theme").hidden = false;
  if (findings.length) {
    one(".tools").hidden = false;
    one(".filters").hidden = false;
    if (matchMedia("(max-width: 60rem)").matches) one("#filters").open = false;
  }
  search.addEventListener("input", changed);
  one(".filters form").addEventListener("submit", (event) => event.preventDefault());
  for (const box of boxes) box.addEventListener("change", changed);
  one("#clear").addEventListener("click", () => {
    clear();
    search.focus();
  });
  one("#previous").addEventListener("click", () => move(-1));
  one("#next").addEventListener("click", () => move(1));
  one("#theme").addEventListener("click", () => {
    theme = isDark() ? "light" : "dark";
    applyTheme();
    writeAddress();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", applyTheme);
  document.addEventListener("keydown", pressed);
  // A link inside the page keeps the filter: one to a finding becomes the `at` of the state.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const target = document.getElementById(link.getAttribute("href").slice(1));
    if (!target) return;
    event.preventDefault();
    if (target.matches("article")) {
      at = target.id;
      writeAddress();
    }
    goTo(target);
  });
  addEventListener("hashchange", readAddress);
  readAddress();
})();
