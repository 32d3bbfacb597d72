// The tab of sentences: one sentence and a party, its label, and the words for it and against it.

import { download, formatLabels } from "./downloads.js";
import { describeShares, fillTemplate, make, offerLabels, showExplanation, showLabel, showProblem } from "./pieces.js";
import { labelSentence } from "./requests.js";
import { setup } from "./setup.js";
import { language, onLanguage, say } from "./words.js";

const MOST_ANSWERS = 30;

const get = (id) => document.getElementById(id);
const state = { answers: [], saved: true };

export function hasUnsavedSentences() {
  return !state.saved;
}

async function run() {
  const row = { text: get("sentence").value, target: get("party").value, speaker: get("speaker").value };
  showProblem(get("sentences-problem"), null);
  get("label").disabled = true;
  get("sentences-status").textContent = say("working");
  try {
    state.answers = [{ row, answer: await labelSentence(row), own: null }, ...state.answers].slice(0, MOST_ANSWERS);
    showAnswers();
  } catch (error) {
    showProblem(get("sentences-problem"), error);
    get(error.reason === "target" ? "party" : "sentence").focus();
  } finally {
    get("label").disabled = false;
    get("sentences-status").textContent = "";
  }
}

function showAnswers() {
  get("labelled").hidden = !state.answers.length;
  get("answers").replaceChildren(...state.answers.map(showAnswer));
  showOwn();
}

function showAnswer(one) {
  const { row, answer } = one;
  const item = fillTemplate("position-template");
  item.querySelector("blockquote").textContent = row.text;
  const facts = item.querySelector(".facts");
  if (row.speaker.trim()) facts.append(make("bdi", row.speaker), language === "ar" ? " ← " : " → ");
  facts.append(make("bdi", row.target));
  showLabel(item.querySelector(".pill"), answer.stance.shown, answer.stance.probabilities);
  const tone = make("span");
  showLabel(tone, answer.sentiment.shown, answer.sentiment.probabilities);
  item.querySelector(".why").replaceWith(make("span", say("sentiment"), "soft"), tone);
  item.querySelector(".pill").before(make("span", say("stance"), "soft"));
  const shares = describeShares(answer.stance.probabilities);
  item.querySelector(".verdict").after(make("p", `${say("stance")}: ${shares}`, "facts shares"));
  offerLabels(item.querySelector(".own"), one.own, (label) => {
    one.own = label;
    state.saved = false;
    showOwn();
  });
  const verdict = item.querySelector(".verdict");
  if (!answer.is_named) verdict.before(make("p", say("party_unnamed"), "notice"));
  if (answer.is_foreign) verdict.before(make("p", say("hardly_arabic"), "notice"));
  const box = item.querySelector(".explanation");
  box.hidden = false;
  showExplanation(box, answer);
  item.querySelector("blockquote").hidden = true; // the explanation shows it, shaded
  return item;
}

function showOwn() {
  get("download-sentence-labels").disabled = !state.answers.some(({ own }) => own);
}

function saveLabels() {
  const labelled = state.answers.filter(({ own }) => own);
  const rows = labelled.map(({ row, answer, own }) => ({
    ...row, document: "", stance: own, predicted: answer.stance.label,
  }));
  download("labels.csv", "text/csv", formatLabels(rows));
  state.saved = true;
}

export function startSentences() {
  get("sentences-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!get("label").disabled) run();
  });
  get("download-sentence-labels").addEventListener("click", saveLabels);
  get("sentence-examples").replaceChildren(...setup.examples.sentences.map(({ text, target }) => {
    const button = make("button", text, "example");
    Object.assign(button, { type: "button", lang: "ar", dir: "rtl" });
    button.addEventListener("click", () => {
      Object.assign(get("sentence"), { value: text });
      get("party").value = target;
      get("speaker").value = "";
      run();
    });
    return button;
  }));
  onLanguage(showAnswers);
}
