// Parts of the page that both kinds of results have. Texts are put in as texts, never as HTML.

import { findSide, findSign, isSure, nameLabel, setup, stances } from "./setup.js";
import { say, translate } from "./words.js";

const MOST_WORDS = 5; // listed on each side
const STEPS = [1.25, 2, 4].map(Math.log); // factors of the odds, for each shade

let choices = 0;

export function make(tag, text = "", name = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (name) element.className = name;
  return element;
}

export function fillTemplate(id) {
  const copy = document.getElementById(id).content.firstElementChild.cloneNode(true);
  translate(copy);
  return copy;
}

export function showProblem(box, error) {
  box.hidden = !error;
  box.textContent = error?.describe?.(setup.limits) ?? error ?? "";
  const isOwn = error?.message === box.textContent; // the server's words are English
  box.lang = isOwn ? "en" : "";
  box.dir = isOwn ? "ltr" : "";
}

export function percent(share) {
  return `${Math.round(100 * share)}%`;
}

// A label with its probability; `shown` is null where it is withheld.
export function showLabel(pill, shown, shares) {
  const [likeliest, share] = Object.entries(shares).reduce((best, one) => (one[1] > best[1] ? one : best));
  const side = shown === null ? "open" : findSide(shown);
  pill.className = `pill ${side} ${isSure(shown, shares) ? "" : "faint"}`;
  if (shown === null) {
    const nearest = say("leans", { label: `${nameLabel(likeliest)} ${percent(share)}` });
    pill.textContent = `؟ ${say("undecided")} (${nearest})`;
  } else {
    pill.textContent = `${findSign(shown)} ${nameLabel(shown)} ${percent(shares[shown])}`;
  }
  pill.title = describeShares(shares);
}

export function describeShares(shares) {
  return Object.entries(shares).map(([label, share]) => `${nameLabel(label)} ${percent(share)}`).join(" · ");
}

// Buttons for a person's own label; `chosen` is called with it, or with null.
export function offerLabels(fieldset, own, chosen) {
  const name = `own-${choices++}`;
  for (const label of [null, ...stances]) {
    const option = make("label");
    const input = make("input");
    Object.assign(input, { type: "radio", name, checked: label === (own ?? null) });
    input.addEventListener("change", () => chosen(label));
    const words = label === null ? say("none") : `${findSign(label)} ${nameLabel(label)}`;
    option.append(input, make("span", words));
    fieldset.append(option);
  }
}

function shade(effect) {
  const strength = STEPS.filter((step) => Math.abs(effect) >= step).length;
  return strength ? `${effect > 0 ? "lifts" : "lowers"}-${strength}` : "";
}

function describeEffect(effect) {
  const factor = Math.exp(Math.abs(effect));
  const written = factor >= 100 ? "100+" : factor.toFixed(1);
  return `${effect > 0 ? "×" : "÷"}${written}`;
}

function listWords(pieces, sign) {
  const words = pieces.filter((one) => one.effect * sign > 0 && shade(one.effect));
  words.sort((one, other) => sign * (other.effect - one.effect));
  const list = make("ul", "", "words row");
  for (const { text, effect } of words.slice(0, MOST_WORDS)) {
    const item = make("li", "", shade(effect));
    const number = make("bdi", describeEffect(effect), "number");
    number.dir = "ltr";
    item.append(make("bdi", text.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "") || text), " ", number);
    list.append(item);
  }
  if (!list.children.length) list.append(make("li", say("no_words"), "soft"));
  return list;
}

export function showWords(element, pieces) {
  element.replaceChildren();
  for (const { text, effect } of pieces) {
    const name = effect === undefined ? "" : shade(effect);
    if (!name) {
      element.append(text);
      continue;
    }
    const mark = make("mark", text, name);
    mark.title = describeEffect(effect);
    element.append(mark);
  }
}

export function showExplanation(box, answer) {
  const sentence = make("p", "", "shaded");
  sentence.lang = "ar";
  sentence.dir = "rtl";
  showWords(sentence, answer.pieces);
  const lists = make("dl", "", "effects");
  lists.append(
    make("dt", say("words_lifting")), make("dd"), make("dt", say("words_lowering")), make("dd"),
  );
  const [lifting, lowering] = lists.querySelectorAll("dd");
  lifting.append(listWords(answer.pieces, 1));
  lowering.append(listWords(answer.pieces, -1));
  const { label, other } = { label: nameLabel(answer.stance.label), other: nameLabel(answer.other) };
  box.replaceChildren(sentence, lists, make("p", say("effects_note", { label, other }), "soft"));
}
