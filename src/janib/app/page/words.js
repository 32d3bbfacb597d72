// The page's words in two languages. Elements name theirs: data-word (text), data-hint (placeholder), data-label
// (aria-label), data-title (title). A word with forms is chosen by the language's rules for numbers.

let words = {};
let listeners = [];
export let language = "ar";

export function loadWords(all) {
  words = all;
}

export function onLanguage(listener) {
  listeners.push(listener);
}

export function say(key, values = {}) {
  let found = key.split(".").reduce((part, name) => part?.[name], words[language]);
  if (typeof found === "object") {
    const form = new Intl.PluralRules(language).select(values.n);
    found = found[form] ?? found.other;
  }
  return (found ?? "").replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export function translate(root) {
  for (const one of root.querySelectorAll("[data-word]")) one.textContent = say(one.dataset.word);
  for (const one of root.querySelectorAll("[data-hint]")) one.placeholder = say(one.dataset.hint);
  for (const one of root.querySelectorAll("[data-label]")) one.ariaLabel = say(one.dataset.label);
  for (const one of root.querySelectorAll("[data-title]")) one.title = say(one.dataset.title);
}

export function speak(chosen) {
  language = chosen;
  document.documentElement.lang = chosen;
  document.documentElement.dir = chosen === "ar" ? "rtl" : "ltr";
  document.title = say("title");
  translate(document);
  const isLocal = ["127.0.0.1", "localhost"].includes(location.hostname);
  document.getElementById("private").textContent = say(isLocal ? "private_local" : "private_remote");
  for (const listener of listeners) listener();
}
