// The tab of articles: a text or files, their analysis, the sentences to correct, downloads.

import { download, formatLabels, formatLines, formatPositions } from "./downloads.js";
import { fillTemplate, make, offerLabels, showExplanation, showLabel, showProblem } from "./pieces.js";
import { Refusal, analyse, labelSentence, readFile } from "./requests.js";
import { findSide, findSign, isSure, nameLabel, setup, stances } from "./setup.js";
import { language, onLanguage, say } from "./words.js";

const STEP = 40; // sentences shown at first, and more at a time

const COLUMN_CHOICES = { text: "column", outlet: "outlet-column", date: "date-column" };

const get = (id) => document.getElementById(id);
const state = { loaded: [], unread: [], waiting: [], found: null, work: null, shown: STEP, saved: true };

export function hasUnsavedLabels() {
  return !state.saved;
}

// Files

async function load(files, columns = {}) {
  showProblem(get("articles-problem"), null);
  for (const file of files) {
    try {
      if (file.size > setup.limits.bytes) throw new Refusal("large", file.name);
      get("articles-status").textContent = say("reading");
      const found = await readFile(file, columns);
      if (state.loaded.length + found.articles.length > setup.limits.articles) throw new Refusal("articles", file.name);
      state.loaded.push(...found.articles);
      state.unread.push(...found.problems);
      state.waiting = state.waiting.filter((table) => table.file !== file);
    } catch (error) {
      if (error.reason === "column") state.waiting.push({ file, ...error.details });
      else showProblem(get("articles-problem"), error);
    }
  }
  get("articles-status").textContent = "";
  showLoaded();
  askColumns();
}

// For the first table that waits.
function askColumns() {
  const [table] = state.waiting;
  get("column-choice").hidden = !table;
  if (!table) return;
  get("column-file").textContent = table.file.name;
  for (const [field, id] of Object.entries(COLUMN_CHOICES)) {
    const likely = table.likely[field] ?? "";
    const none = field === "text" || likely === field ? [] : [new Option("—", "")];
    const options = table.columns.map((one) => new Option(one, one, one === likely, one === likely));
    get(id).replaceChildren(...none, ...options);
  }
  get("column").focus();
}

function readChosen() {
  const chosen = Object.entries(COLUMN_CHOICES).map(([field, id]) => [field, get(id).value]);
  load([state.waiting[0].file], Object.fromEntries(chosen));
}

function showLoaded() {
  get("loaded").hidden = !state.loaded.length;
  get("loaded-count").textContent = say("articles_loaded", { n: state.loaded.length });
  const names = state.loaded.map((one) => one.name);
  get("loaded-names").textContent = names.slice(0, 3).join("، ") + (names.length > 3 ? "…" : "");
  showList(get("unread"), state.unread);
}

function showList(box, problems) {
  box.hidden = !problems.length;
  const items = problems.map((one) => make("li", one));
  for (const item of items) Object.assign(item, { lang: "en", dir: "ltr" });
  box.querySelector("ul").replaceChildren(...items);
}

function unload() {
  Object.assign(state, { loaded: [], unread: [], waiting: [] });
  showLoaded();
  askColumns();
}

// Analysis

function gather() {
  const about = { outlet: get("outlet").value, date: get("date").value };
  const typed = get("text").value.trim() ? [{ text: get("text").value, name: "", ...about }] : [];
  const loaded = state.loaded.map((one) => ({
    ...one, outlet: one.outlet || about.outlet, date: one.date || about.date,
  }));
  return [...typed, ...loaded];
}

async function run() {
  const articles = gather();
  showProblem(get("articles-problem"), articles.length ? null : say("errors.blank"));
  if (!articles.length) {
    get("text").focus();
    return;
  }
  state.work = new AbortController();
  setWorking(true);
  try {
    state.found = await analyse(articles, showProgress, state.work.signal);
    state.shown = STEP;
    state.saved = true;
    showResult();
    get("result-title").focus();
    get("result").scrollIntoView({ block: "start" });
  } catch (error) {
    if (error.name === "AbortError") get("articles-status").textContent = say("stopped");
    else showProblem(get("articles-problem"), error);
  } finally {
    setWorking(false);
  }
}

function setWorking(isWorking) {
  get("analyse").disabled = isWorking;
  get("stop").hidden = get("progress").hidden = !isWorking;
  if (isWorking) {
    get("progress").removeAttribute("value");
    get("articles-status").textContent = say("working");
  } else if (get("articles-status").textContent !== say("stopped")) {
    get("articles-status").textContent = "";
  }
}

function showProgress({ done, of }) {
  if (of < 2) return;
  Object.assign(get("progress"), { max: of, value: done });
  get("articles-status").textContent = say("progress", { done, of });
}

// Result

function showResult() {
  const { positions, problems, reports } = state.found;
  get("result").hidden = false;
  showList(get("left-out"), problems);
  get("no-positions").hidden = positions.length > 0;
  for (const id of ["download-table", "download-lines"]) get(id).disabled = !positions.length;
  get("download-report").disabled = !reports[language];
  showReport(reports[language]);
  showTally();
  showPositions();
}

// The base lets the report's links lead to its own parts; the sandbox keeps it from everything else.
function showReport(report) {
  get("report").srcdoc = report.replace("<head>", '<head><base href="about:srcdoc">');
}

function showTally() {
  const { positions } = state.found;
  const items = [make("li", say("positions", { n: positions.length }))];
  for (const label of stances) {
    const shown = positions.filter(({ record }) => record.stance === label);
    const n = shown.filter(({ record }) => isSure(label, record.stance_p)).length;
    const sure = shown.length && findSide(label) !== "even" ? ` (${say("of_which_sure", { n })})` : "";
    const words = `${findSign(label)} ${nameLabel(label)} ${shown.length}${sure}`;
    items.push(make("li", words, `pill ${findSide(label)}`));
  }
  const open = positions.filter(({ record }) => record.stance === null).length;
  if (open) items.push(make("li", `؟ ${say("undecided")} ${open}`, "pill open"));
  const labelled = positions.filter(({ own }) => own);
  const agreeing = labelled.filter(({ own, record }) => own === findLikeliest(record));
  const words = say("labels_given", { n: labelled.length });
  const more = labelled.length ? `${language === "ar" ? "، " : ", "}${say("labels_agree", { n: agreeing.length })}` : "";
  items.push(make("li", words + more, "soft"));
  get("tally").replaceChildren(...items);
  get("download-labels").disabled = !labelled.length;
}

function findLikeliest({ stance_p: shares }) {
  return Object.keys(shares).reduce((best, one) => (shares[one] > shares[best] ? one : best));
}

function isWanted({ record, own }, filter) {
  if (filter === "sides") return record.stance !== null && findSide(record.stance) !== "even";
  return filter === "all" || !own;
}

function showPositions() {
  const filter = document.querySelector("[name=filter]:checked").value;
  const wanted = state.found.positions.filter((one) => isWanted(one, filter));
  get("positions").replaceChildren(...wanted.slice(0, state.shown).map(showPosition));
  get("more").hidden = wanted.length <= state.shown;
  get("more").textContent = say("more", { n: Math.min(STEP, wanted.length - state.shown) });
}

function showPosition(position) {
  const { record, pieces, speakers, title } = position;
  const item = fillTemplate("position-template");
  const side = record.stance === null ? "open" : findSide(record.stance);
  item.querySelector("blockquote").append(pieces[0], make("mark", pieces[1], side), pieces[2]);
  const facts = item.querySelector(".facts");
  facts.append(make("bdi", speakers), language === "ar" ? " ← " : " → ", make("bdi", record.party));
  if (record.ambiguous) facts.append(` · ${say("ambiguous")}`);
  if (new Set(state.found.positions.map((one) => one.record.article)).size > 1) {
    facts.append(" · ", make("bdi", title));
  }
  showLabel(item.querySelector(".pill"), record.stance, record.stance_p);
  offerLabels(item.querySelector(".own"), position.own, (label) => {
    position.own = label;
    state.saved = false;
    showTally();
  });
  prepareWhy(item, position);
  return item;
}

function prepareWhy(item, { record, pieces, speaker_read: speaker }) {
  const [button, box] = [item.querySelector(".why"), item.querySelector(".explanation")];
  button.addEventListener("click", async () => {
    const opens = box.hidden;
    button.ariaExpanded = String(opens);
    box.hidden = !opens;
    if (!opens || box.children.length) return;
    box.textContent = say("working");
    try {
      showExplanation(box, await labelSentence({ text: record.text, target: pieces[1], speaker }));
    } catch (error) {
      box.textContent = "";
      showProblem(box.appendChild(make("p", "", "problem")), error);
    }
  });
}

function listLabels() {
  const labelled = state.found.positions.filter(({ own }) => own);
  return labelled.map(({ record, pieces, own, speaker_read: speaker }) => ({
    text: record.text,
    target: pieces[1],
    speaker,
    document: record.article,
    stance: own,
    predicted: findLikeliest(record),
  }));
}

function saveLabels() {
  download("labels.csv", "text/csv", formatLabels(listLabels()));
  state.saved = true;
}

export function startArticles() {
  get("articles-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!get("analyse").disabled) run();
  });
  get("stop").addEventListener("click", () => state.work.abort());
  get("choose").addEventListener("click", () => get("files").click());
  get("files").addEventListener("change", async () => {
    await load([...get("files").files]);
    get("files").value = "";
  });
  get("use-column").addEventListener("click", readChosen);
  get("unload").addEventListener("click", unload);
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault(); // else the browser would leave the page for the file
      get("articles-form").classList.toggle("dropping", kind === "dragover");
      if (kind === "drop") load([...event.dataTransfer.files]);
    });
  }
  for (const one of document.querySelectorAll("[name=view]")) {
    one.addEventListener("change", () => {
      get("report").hidden = one.value !== "report";
      get("sentences-view").hidden = one.value === "report";
    });
  }
  for (const one of document.querySelectorAll("[name=filter]")) {
    one.addEventListener("change", () => {
      state.shown = STEP;
      showPositions();
    });
  }
  get("more").addEventListener("click", () => {
    const next = state.shown;
    state.shown += STEP;
    showPositions();
    get("positions").children[next]?.querySelector("input").focus();
  });
  get("download-report").addEventListener("click", () =>
    download("report.html", "text/html", state.found.reports[language]));
  get("download-table").addEventListener("click", () => {
    download("positions.csv", "text/csv", formatPositions(state.found.positions, setup.columns));
    state.saved = true;
  });
  get("download-lines").addEventListener("click", () => {
    download("positions.jsonl", "application/x-ndjson", formatLines(state.found.positions));
    state.saved = true;
  });
  get("download-labels").addEventListener("click", saveLabels);
  onLanguage(() => {
    showExamples();
    showLoaded();
    if (state.found) showResult();
  });
}

function showExamples() {
  get("article-examples").replaceChildren(...setup.examples.articles.map((example) => {
    const button = make("button", example[language], "example");
    button.type = "button";
    button.addEventListener("click", () => {
      unload();
      get("text").value = example.text;
      run();
    });
    return button;
  }));
}
