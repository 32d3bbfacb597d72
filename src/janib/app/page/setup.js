// What the server says of itself: words, examples, labels, limits.

import { fetchSetup } from "./requests.js";
import { language, loadWords } from "./words.js";

export const setup = await fetchSetup();
loadWords(setup.words);

export const stances = setup.tasks.stance.toReversed(); // for, neutral, against

const SIGNS = { pro: "▲", con: "▼", even: "○" };

export function nameLabel(label) {
  return setup.labels[label][language];
}

export function findSide(label) {
  return setup.labels[label].side;
}

export function findSign(label) {
  return SIGNS[findSide(label)];
}

// Whether a label is shown, and so probable that the report calls it sure.
export function isSure(shown, shares) {
  return shown !== null && shares[shown] >= setup.sure;
}
