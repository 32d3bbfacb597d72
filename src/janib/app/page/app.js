// The page's start: tabs, language, keys.

import { hasUnsavedLabels, startArticles } from "./articles.js";
import { hasUnsavedSentences, startSentences } from "./sentences.js";
import "./setup.js";
import { language, speak } from "./words.js";

const tabs = [...document.querySelectorAll("[role=tab]")];

function choose(chosen) {
  for (const tab of tabs) {
    const isChosen = tab === chosen;
    tab.ariaSelected = String(isChosen);
    tab.tabIndex = isChosen ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).hidden = !isChosen;
  }
}

function moveFrom(tab, key) {
  const isForward = key === (document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight");
  const place = tabs.indexOf(tab) + (isForward ? 1 : -1) + tabs.length;
  const next = { Home: tabs[0], End: tabs.at(-1) }[key] ?? tabs[place % tabs.length];
  choose(next);
  next.focus();
}

for (const tab of tabs) {
  tab.addEventListener("click", () => choose(tab));
  tab.addEventListener("keydown", (event) => {
    if (!["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
    event.preventDefault();
    moveFrom(tab, event.key);
  });
}

document.getElementById("language").addEventListener("click", () => speak(language === "ar" ? "en" : "ar"));
for (const text of document.querySelectorAll("textarea")) {
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) text.form.requestSubmit();
  });
}
addEventListener("beforeunload", (event) => {
  if (hasUnsavedLabels() || hasUnsavedSentences()) event.preventDefault();
});

startArticles();
startSentences();
speak(navigator.languages.some((one) => one.startsWith("ar")) ? "ar" : "en");
document.documentElement.dataset.ready = "yes";
