"use strict";
// Filters the positions of many articles, and draws tables, lines and sentences of those that are left.
// Texts of the articles enter the page as text nodes and attributes only, never as markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { words, positions, articles, names, outlets, periods, filled, sizes } = data;
  const [AGAINST, NEUTRAL, FAVOR, UNDECIDED] = [0, 1, 2, 3]; // places in data.kinds
  const ALL = -1, OTHERS = -2;
  const every = (positions.article ?? []).map((_, position) => position);
  const isRtl = words.dir === "rtl";
  const plurals = new Intl.PluralRules(data.lang);
  const find = (id) => document.getElementById(id);

  // Words and elements

  const format = new Intl.NumberFormat("en");
  const number = (value) => format.format(value);
  const fill = (key, values) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const count = (key, value) => {
    const forms = words[key];
    return (forms[value === 0 && !forms.zero ? "other" : plurals.select(value)] ?? forms.other).replace("{n}", number(value));
  };

  function make(tag, attributes = {}, ...children) {
    const isDrawing = ["svg", "rect", "path", "circle", "text", "title"].includes(tag);
    const element = isDrawing ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value === true) element.setAttribute(name, "");
      else if (value !== false && value !== null) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  const isolate = (text, attributes) => make("bdi", attributes, text);

  /** Fold a text as readers search it: without diacritics and tatweel, one form of alif, ya and ta marbuta. */
  function fold(text) {
    return text.normalize("NFKC").toLowerCase().replace(/[\u064B-\u065F\u0670\u0640\u200E\u200F\u061C\u2066-\u2069]/g, "")
      .replace(/[أإآٱ]/g, "ا").replace(/ى/g, "ي").replace(/ة/g, "ه")
      .replace(/[٠-٩]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0x0660 + 48));
  }

  // Sentences

  const titleOf = (article) => document.querySelector(`#a${article} bdi`).textContent;
  const sentences = new Map();
  const sentenceOf = (position) => {
    const key = `${positions.article[position]}-${positions.statement[position]}`;
    if (!sentences.has(key)) {
      sentences.set(key, data.sentences[key] ?? document.querySelector(`#a${key} p`)?.textContent ?? "");
    }
    return sentences.get(key);
  };
  const foldedNames = names.map(fold);
  const searched = new Map();
  const searchedText = (position) => {
    if (!searched.has(position)) {
      const about = [titleOf(positions.article[position]), data.people[positions.people[position]]];
      searched.set(position, [fold([sentenceOf(position), ...about].join("\n")), foldedNames[positions.party[position]]].join("\n"));
    }
    return searched.get(position);
  };

  // Filters

  const filter = { text: "", outlet: -1, from: "", to: "", speakers: null, parties: null, share: 0 };
  const isFiltered = () => filter.text || filter.outlet >= 0 || filter.from || filter.to || filter.speakers || filter.parties || filter.share;

  function isChosen(position) {
    const [outlet, date] = articles[positions.article[position]];
    return (filter.outlet < 0 || outlet === filter.outlet)
      && (!filter.from || (date && date >= filter.from))
      && (!filter.to || (date && date <= filter.to))
      && (!filter.parties || filter.parties.has(positions.party[position]))
      && (!filter.speakers || positions.speakers[position].some((speaker) => filter.speakers.has(speaker)))
      && (!filter.share || (positions.stance[position] !== UNDECIDED && positions.share[position] >= filter.share))
      && (!filter.text || searchedText(position).includes(filter.text));
  }

  /** Return the numbers of a name; of a part of names, those of all that hold it; null of nothing. */
  function findNames(written) {
    const wanted = fold(written.trim());
    if (!wanted) return null;
    const whole = foldedNames.flatMap((name, place) => (name === wanted ? [place] : []));
    return new Set(whole.length ? whole : foldedNames.flatMap((name, place) => (name.includes(wanted) ? [place] : [])));
  }

  // Counts

  class Tally {
    counts = [0, 0, 0, 0];
    sure = [0, 0, 0, 0];

    add(position) {
      const stance = positions.stance[position];
      this.counts[stance] += 1;
      this.sure[stance] += positions.is_sure[position];
    }

    get all() { return this.counts.reduce((sum, one) => sum + one); }
    get sided() { return this.counts[FAVOR] + this.counts[AGAINST]; }
    get net() { return (this.counts[FAVOR] - this.counts[AGAINST]) / this.all; }

    get heat() {
      if (this.net === 0) return this.sided ? "even" : this.counts[NEUTRAL] ? "none" : data.kinds[UNDECIDED];
      const side = this.net > 0 ? FAVOR : AGAINST;
      const isMuch = Math.abs(this.net) > 0.5 && 2 * this.sure[side] >= this.counts[side];
      return `${data.kinds[side]}-${isMuch ? "much" : "some"}`;
    }

    list(show) { return [FAVOR, AGAINST, NEUTRAL, UNDECIDED].filter((stance) => this.counts[stance]).map(show); }
    get text() { return this.list((stance) => `${data.signs[stance]}${this.counts[stance]}`).join(" "); }

    get label() {
      return this.list((stance) => {
        const told = `${data.labels[stance]} ${number(this.counts[stance])}`;
        const isDoubtful = (stance === FAVOR || stance === AGAINST) && this.sure[stance] < this.counts[stance];
        return isDoubtful ? `${told} (${fill("of_which_sure", { n: number(this.sure[stance]) })})` : told;
      }).join(words.list_join);
    }
  }

  /** Count positions by column and party, in nested maps. */
  function countBy(chosen, columnsOf) {
    const groups = new Map();
    for (const position of chosen) {
      for (const column of new Set(columnsOf(position))) {
        if (!groups.has(column)) groups.set(column, new Map());
        const cells = groups.get(column), party = positions.party[position];
        if (!cells.has(party)) cells.set(party, new Tally());
        cells.get(party).add(position);
      }
    }
    return groups;
  }

  const weigh = (tallies) => [...tallies].reduce((sum, tally) => sum + tally.all, 0);

  /** Return the parties; those on whom most sides are taken come first, then those with most at all. */
  function rankParties(groups) {
    const weights = new Map();
    for (const cells of groups.values()) {
      for (const [party, tally] of cells) {
        const [sided, all] = weights.get(party) ?? [0, 0];
        weights.set(party, [sided + tally.sided, all + tally.all]);
      }
    }
    return [...weights].sort(([, one], [, other]) => other[0] - one[0] || other[1] - one[1]).map(([party]) => party);
  }

  // Tables

  const captions = new Map([...document.querySelectorAll(".grid")].map((grid) => [grid.id, {
    caption: `${grid.querySelector("caption").textContent} ${words.cells_hint}`, corner: grid.querySelector(".corner").textContent,
  }]));

  function drawGrid(id, columns, groups, mostRows) {
    const grid = find(`${id}-grid`);
    if (!grid) return;
    const { caption, corner } = captions.get(grid.id);
    const parties = rankParties(groups).slice(0, mostRows);
    const isWide = columns.length > sizes.block, step = isWide ? sizes.wide_block : sizes.block;
    const draw = (some, title) => make("table", {},
      make("caption", {}, title),
      make("thead", {}, make("tr", {},
        make("th", { scope: "col", class: "corner" }, corner),
        ...some.map((column) => make("th", { scope: "col", class: column.isGap ? "gap" : null }, isolate(column.name))))),
      make("tbody", {}, ...parties.map((party) => make("tr", {},
        make("th", { scope: "row" }, isolate(names[party])),
        ...some.map((column) => drawCell(column, party, groups.get(column.id)?.get(party)))))));
    const scroll = make("div", { class: "scroll", role: "region", tabindex: "0", "aria-labelledby": `${id}-title` }, draw(columns, caption));
    grid.classList.toggle("wide", isWide);
    grid.replaceChildren(scroll);
    scroll.querySelectorAll("td button").forEach((button, place) => { button.tabIndex = place ? -1 : 0; });
    if (columns.length <= step) return;
    scroll.classList.add("screen");
    const blocks = [];
    for (let first = 0; first < columns.length; first += step) blocks.push(columns.slice(first, first + step));
    grid.append(make("div", { class: "paper" }, ...blocks.map((block, place) => draw(block, `${caption.replace(words.cells_hint, "")}(${place + 1}/${blocks.length})`))));
  }

  function drawCell(column, party, tally) {
    if (!tally) {
      return make("td", { class: column.isGap ? "gap" : "empty" }, make("span", { class: "unseen" }, column.isGap ? words.no_articles : words.nothing));
    }
    const label = `${column.name} ← ${names[party]}: ${tally.label}`;
    const pick = () => choose({ ...column.picks, parties: new Set([party]) });
    return make("td", { class: tally.heat }, make("button", { type: "button", "aria-label": label, title: label, onclick: pick }, tally.text));
  }

  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, isRtl ? 1 : -1], ArrowRight: [0, isRtl ? -1 : 1] };

  /** Move from a cell to the next that can be chosen: a table has one stop of the tabulator, and arrows lead on. */
  function walk(event) {
    const cell = event.target.closest(".grid td"), step = STEPS[event.key];
    if (!cell || !step) return;
    const rows = [...cell.closest("tbody").rows];
    let row = rows.indexOf(cell.parentElement), column = cell.cellIndex, next = null;
    do {
      row += step[0];
      column += step[1];
      next = rows[row]?.cells[column];
    } while (next && !next.querySelector("button"));
    if (!next) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    const button = next.querySelector("button");
    button.tabIndex = 0;
    button.focus();
  }

  function drawMatrix(chosen) {
    const groups = countBy(chosen, (position) => positions.speakers[position]);
    const others = groups.size > sizes.few ? [...groups.keys()].filter((speaker) => groups.get(speaker).size === 1) : [];
    const isOther = new Set(others);
    const speakers = [...groups.keys()].filter((speaker) => !isOther.has(speaker))
      .sort((one, other) => weigh(groups.get(other).values()) - weigh(groups.get(one).values()))
      .slice(0, sizes.columns - 1 - (others.length ? 1 : 0));
    const shown = countBy(chosen, (position) => [ALL, ...positions.speakers[position].map((speaker) => (isOther.has(speaker) ? OTHERS : speaker))]);
    const columns = [
      { id: ALL, name: words.all, picks: {} },
      ...speakers.map((speaker) => ({ id: speaker, name: names[speaker], picks: { speakers: new Set([speaker]) } })),
    ];
    if (others.length) columns.push({ id: OTHERS, name: count("others", others.length), picks: { speakers: isOther } });
    drawGrid("matrix", columns, shown, sizes.rows);
  }

  function drawOutlets(chosen) {
    const groups = countBy(chosen, (position) => [articles[positions.article[position]][0]]);
    const columns = [...groups.keys()].sort((one, other) => weigh(groups.get(other).values()) - weigh(groups.get(one).values()))
      .slice(0, sizes.columns).map((outlet) => ({ id: outlet, name: outlets[outlet] || words.no_outlet, picks: { outlet } }));
    drawGrid("outlets", columns, groups, sizes.compared);
  }

  function drawTimes(chosen) {
    const groups = countBy(chosen, (position) => [articles[positions.article[position]][2]]);
    const columns = periods.map((name, place) => ({ id: place, name, isGap: !filled[place], picks: spanOf(name) }));
    if (articles.some((article) => article[2] < 0)) columns.push({ id: -1, name: words.undated, picks: {} });
    drawGrid("times", columns.slice(-sizes.periods), groups, sizes.compared);
    drawCharts(groups);
  }

  /** Return the first and the last day of a period. */
  function spanOf(name) {
    const [year, month = "01", day = "01"] = name.split("-");
    const first = new Date(Date.UTC(year, month - 1, day));
    const last = new Date(first);
    if (data.unit === "year") last.setUTCFullYear(first.getUTCFullYear() + 1, 0, 0);
    if (data.unit === "month") last.setUTCMonth(first.getUTCMonth() + 1, 0);
    if (data.unit === "week") last.setUTCDate(first.getUTCDate() + 6);
    const write = (date) => date.toISOString().slice(0, 10);
    return { from: write(first), to: write(last) };
  }

  // Bars and lines

  function rankSided(chosen) {
    const whole = countBy(chosen, () => [ALL]).get(ALL) ?? new Map();
    return [...whole].filter(([, tally]) => tally.sided).sort((one, other) => other[1].sided - one[1].sided);
  }

  function drawStanding(chosen) {
    const body = document.querySelector("#standing-table tbody");
    if (!body) return;
    const sided = rankSided(chosen).slice(0, sizes.bars);
    const longest = Math.max(1, ...sided.flatMap(([, tally]) => [tally.counts[FAVOR], tally.counts[AGAINST]]));
    body.replaceChildren(...sided.map(([party, tally]) => {
      const cell = (value, kind) => make("td", { class: `number ${kind}` }, value ? number(value) : "");
      const [first, second] = isRtl ? [FAVOR, AGAINST] : [AGAINST, FAVOR];
      const pick = () => choose({ parties: new Set([party]) });
      return make("tr", {},
        make("th", { scope: "row" }, make("button", { type: "button", onclick: pick }, isolate(names[party]))),
        cell(tally.counts[first], `${data.kinds[first]}-word`),
        make("td", { class: "bar" }, drawBar(tally, 100 / longest)),
        cell(tally.counts[second], `${data.kinds[second]}-word`),
        cell(tally.sure[FAVOR] + tally.sure[AGAINST], "soft"), cell(tally.counts[NEUTRAL], "soft"), cell(tally.counts[UNDECIDED], "soft"));
    }));
  }

  function drawBar(tally, scale) {
    const rects = [[FAVOR, 1], [AGAINST, -1]].flatMap(([side, sign]) => {
      const sure = scale * tally.sure[side], rest = scale * tally.counts[side] - sure;
      return [[0, sure, ""], [sure, rest, " unsure"]].filter(([, width]) => width > 0).map(([near, width, doubt]) =>
        make("rect", { class: data.kinds[side] + doubt, x: sign > 0 ? near : -near - width, y: 0, width, height: 10 }));
    });
    return make("svg", { viewBox: "-100 0 200 10", preserveAspectRatio: "none", "aria-hidden": "true" }, ...rects, make("path", { class: "axis", d: "M0 0V10" }));
  }

  const CHART = { width: 340, height: 130, left: 26, right: 10, top: 12, bottom: 24 };

  function drawCharts(groups) {
    const charts = find("charts");
    if (!charts || periods.length < 2) return;
    const totals = new Map();
    for (const [period, cells] of groups) {
      if (period < 0) continue;
      for (const [party, tally] of cells) totals.set(party, (totals.get(party) ?? 0) + tally.sided);
    }
    const parties = [...totals].filter(([, sided]) => sided).sort((one, other) => other[1] - one[1]).slice(0, sizes.charts).map(([party]) => party);
    const countOf = (party, side) => periods.map((_, place) => groups.get(place)?.get(party)?.counts[side] ?? 0);
    const highest = Math.max(1, ...parties.flatMap((party) => [...countOf(party, FAVOR), ...countOf(party, AGAINST)]));
    charts.replaceChildren(...parties.map((party) => drawChart(party, countOf(party, FAVOR), countOf(party, AGAINST), highest)));
  }

  function drawChart(party, backing, opposing, highest) {
    const { width, height, left, right, top, bottom } = CHART;
    const step = (width - left - right) / Math.max(periods.length - 1, 1);
    const place = (index) => (isRtl ? width - left - index * step : left + index * step);
    const rise = (value) => height - bottom - ((height - top - bottom) * value) / highest;
    const gaps = periods.flatMap((_, index) => (filled[index] ? [] : [make("rect", { class: "pause", x: place(index) - step / 2, y: top, width: step, height: height - top - bottom })]));
    const label = (text, x, anchor) => make("text", { x, y: height - 7, "text-anchor": anchor, direction: "ltr" }, text);
    const near = isRtl ? "end" : "start", far = isRtl ? "start" : "end";
    const total = (counts) => counts.reduce((sum, one) => sum + one, 0);
    const title = fill("time_chart", { party: names[party], n: highest });
    return make("figure", { class: "chart" },
      make("figcaption", {}, isolate(names[party], { class: "who" }), " ",
        make("span", { class: `${data.kinds[FAVOR]}-word` }, `${data.signs[FAVOR]} ${number(total(backing))}`), " ",
        make("span", { class: `${data.kinds[AGAINST]}-word` }, `${data.signs[AGAINST]} ${number(total(opposing))}`)),
      make("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title },
        make("title", {}, title), ...gaps,
        make("path", { class: "axis", d: `M${isRtl ? right : left} ${rise(0)}H${isRtl ? width - left : width - right}` }),
        make("path", { class: "axis faint", d: `M${isRtl ? right : left} ${rise(highest)}H${isRtl ? width - left : width - right}` }),
        make("text", { x: isRtl ? width - left + 5 : left - 5, y: rise(highest) + 4, "text-anchor": "end", direction: "ltr", class: isRtl ? "flip" : null }, String(highest)),
        ...drawLine(backing, FAVOR, place, rise), ...drawLine(opposing, AGAINST, place, rise),
        label(periods[0], place(0), near), label(periods.at(-1), place(periods.length - 1), far)));
  }

  /** Draw a line that breaks where no article appeared; a lonely period is a dot. */
  function drawLine(counts, side, place, rise) {
    const runs = [];
    counts.forEach((value, index) => {
      if (!filled[index]) return;
      if (!index || !filled[index - 1]) runs.push([]);
      runs.at(-1).push(`${place(index).toFixed(1)} ${rise(value).toFixed(1)}`);
    });
    const kind = data.kinds[side];
    const lines = runs.filter((run) => run.length > 1).map((run) => `M${run.join("L")}`).join("");
    return [make("path", { class: `trend ${kind}`, d: lines || "M0 0" }),
      ...runs.filter((run) => run.length === 1).map(([point]) => make("circle", { class: `dot ${kind}`, cx: point.split(" ")[0], cy: point.split(" ")[1], r: 3 }))];
  }

  // Sentences that are found, and articles

  let listed = [], shown = 0;

  function listFound(chosen) {
    const isSided = (position) => positions.stance[position] === FAVOR || positions.stance[position] === AGAINST;
    listed = [...chosen].sort((one, other) => isSided(other) - isSided(one) || positions.share[other] - positions.share[one]);
    shown = 0;
    find("found-list").replaceChildren();
    find("found-note").textContent = !listed.length ? words.no_match : isFiltered() ? "" : words.evidence_hint;
    showMore();
  }

  function showMore() {
    const next = listed.slice(shown, shown + sizes.listed);
    find("found-list").append(...next.map(drawFound));
    shown += next.length;
    find("more").hidden = shown >= listed.length;
    return next.length;
  }

  function classesOf(position) {
    const stance = positions.stance[position];
    const isUnsure = (stance === FAVOR || stance === AGAINST) && !positions.is_sure[position];
    return [data.kinds[stance], isUnsure ? "unsure" : "", positions.is_ambiguous[position] ? "ambiguous" : ""].filter(Boolean).join(" ");
  }

  function markName(position, text) {
    const label = `${names[positions.party[position]]}: ${data.labels[positions.stance[position]]}`;
    return make("mark", { class: classesOf(position), title: label }, text,
      make("span", { class: "sign", "aria-hidden": "true" }, data.signs[positions.stance[position]]));
  }

  /** Cut a sentence at the names of some of its positions, which are marked; of overlapping ones the first is. */
  function markSentence(sentence, some) {
    const nodes = [];
    let end = 0;
    for (const position of [...some].sort((one, other) => positions.start[one] - positions.start[other])) {
      const start = positions.start[position], stop = start + positions.length[position];
      if (start < end || stop > sentence.length) continue;
      nodes.push(sentence.slice(end, start), markName(position, sentence.slice(start, stop)));
      end = stop;
    }
    return [...nodes, sentence.slice(end)];
  }

  function drawFound(position) {
    const article = positions.article[position], statement = positions.statement[position];
    const [outlet, date, , address] = articles[article];
    const sentence = sentenceOf(position);
    const link = make("a", { href: address ? `${address}#s${statement}` : `#a${article}-${statement}`, onclick: () => openArticle(article) },
      fill("sentence_link", { n: statement + 1 }));
    const about = [isolate(titleOf(article)), outlets[outlet] && isolate(outlets[outlet]), date && isolate(date, { dir: "ltr" })].filter(Boolean);
    return make("li", {},
      make("p", { class: "pair-head" }, isolate(data.people[positions.people[position]], { class: "who" }), isRtl ? " ← " : " → ",
        isolate(names[positions.party[position]], { class: "who" }), " ",
        make("span", { class: `verdict-${data.kinds[positions.stance[position]]}` }, `${data.signs[positions.stance[position]]} ${data.labels[positions.stance[position]]} ${positions.share[position]}%`)),
      sentence ? make("blockquote", { lang: "ar", dir: "auto" }, ...markSentence(sentence, [position])) : null,
      make("p", { class: "verdict" }, `${words.tone}: ${data.tones[positions.tone[position]]}`,
        positions.is_ambiguous[position] ? ` · ${words.ambiguous}` : "",
        ...about.flatMap((part) => [" · ", part]), " · ", link),
      data.reasons[position] ? drawReasons(position, sentence) : null);
  }

  function drawReasons(position, sentence) {
    const [label, other, effects] = data.reasons[position];
    const points = Array.from(sentence); // effects count code points
    const nodes = [];
    let end = 0;
    for (const [start, stop, effect, shade] of effects) {
      nodes.push(points.slice(end, start).join(""));
      nodes.push(make("mark", { class: shade, tabindex: "0" }, points.slice(start, stop).join(""),
        make("span", { class: "effect", dir: "ltr" }, ` ${effect > 0 ? "+" : "\u2212"}${Math.abs(effect).toFixed(2)}`)));
      end = stop;
    }
    return make("details", { class: "reasons" },
      make("summary", {}, fill("reasons", { label: data.labels[label], other: data.labels[other] })),
      make("p", { class: "shaded", lang: "ar", dir: "auto" }, ...nodes, points.slice(end).join("")));
  }

  function openArticle(article) {
    const details = find(`a${article}`);
    if (details?.tagName !== "DETAILS") return;
    document.querySelector(".all").open = true;
    details.open = true;
    markArticle(article, details);
  }

  const byArticle = new Map();
  for (const position of every) {
    const article = positions.article[position];
    if (!byArticle.has(article)) byArticle.set(article, []);
    byArticle.get(article).push(position);
  }

  /** Mark the names in an article's text, once. */
  function markArticle(article, details) {
    if (details.dataset.marked) return;
    details.dataset.marked = "yes";
    const inside = new Map();
    for (const position of byArticle.get(article) ?? []) {
      const statement = positions.statement[position];
      inside.set(statement, [...(inside.get(statement) ?? []), position]);
    }
    for (const [statement, some] of inside) {
      const text = document.querySelector(`#a${article}-${statement} p`);
      text?.replaceChildren(...markSentence(sentenceOf(some[0]), some));
    }
  }

  function showArticles(chosen) {
    const kept = new Set(chosen.map((position) => positions.article[position]));
    articles.forEach((_, article) => { find(`a${article}`).hidden = Boolean(isFiltered()) && !kept.has(article); });
  }

  // The bar of filters

  const inputs = {};

  function buildFilters() {
    const field = (key, label, input) => {
      inputs[key] = input;
      return make("label", {}, make("span", {}, label), input);
    };
    const known = (key, ids) => make("datalist", { id: `${key}-names` }, ...[...new Set([...ids].map((id) => names[id]))].sort((one, other) => one.localeCompare(other, "ar")).map((name) => make("option", { value: name })));
    const listInput = (key) => make("input", { type: "search", list: `${key}-names`, autocomplete: "off", size: 12 });
    const dates = articles.map((article) => article[1]).filter(Boolean).sort();
    const dateInput = () => make("input", { type: "date", min: dates[0], max: dates.at(-1) });
    const option = (value, text) => make("option", { value }, text);
    const ranked = outlets.map((name, place) => [name, place]).filter(([name]) => name).sort((one, other) => one[0].localeCompare(other[0], "ar"));
    const fields = [
      field("text", words.search, make("input", { type: "search", size: 18 })),
      field("speaker", words.speaker, listInput("speaker")),
      field("party", words.party, listInput("party")),
    ];
    if (ranked.length) fields.push(field("outlet", words.outlet, make("select", {}, option(-1, words.every_outlet), ...ranked.map(([name, place]) => option(place, name)))));
    if (dates.length) fields.push(field("from", words.from, dateInput()), field("to", words.to, dateInput()));
    fields.push(field("share", words.certainty, make("select", {}, option(0, words.every_certainty), option(1, words.decided_only),
      ...[60, data.sure, 80, 90].map((share) => option(share, fill("at_least", { percent: `${share}%` }))))));
    const bar = find("filters");
    bar.append(
      make("details", { open: matchMedia("(min-width: 62rem)").matches },
        make("summary", {}, words.filters),
        make("div", { class: "fields" }, ...fields, make("button", { type: "button", id: "reset", onclick: reset, disabled: true }, words.reset)),
        known("speaker", new Set((positions.speakers ?? []).flat())), known("party", new Set(positions.party ?? []))),
      make("p", { class: "shown", role: "status", id: "shown" }));
    let waiting = 0;
    bar.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => { readFilters(); update(); }, 150);
    });
  }

  function readFilters() {
    filter.text = fold(inputs.text.value.trim());
    filter.outlet = Number(inputs.outlet?.value ?? -1);
    filter.from = inputs.from?.value ?? "";
    filter.to = inputs.to?.value ?? "";
    filter.share = Number(inputs.share.value);
    filter.speakers = findNames(inputs.speaker.value);
    filter.parties = findNames(inputs.party.value);
  }

  /** Filter by what a cell stands for, beside what is filtered already, and go to the sentences. */
  function choose(picks) {
    const nameOf = (ids) => (ids.size === 1 ? names[[...ids][0]] : count("others", ids.size));
    if (picks.speakers) inputs.speaker.value = nameOf(picks.speakers);
    if (picks.parties) inputs.party.value = nameOf(picks.parties);
    if (picks.outlet !== undefined && inputs.outlet) inputs.outlet.value = picks.outlet;
    if (picks.from) [inputs.from.value, inputs.to.value] = [picks.from, picks.to];
    readFilters();
    Object.assign(filter, picks); // by number, for two parties may have one name
    update();
    find("found").scrollIntoView();
    find("found").focus({ preventScroll: true });
  }

  function reset() {
    for (const input of Object.values(inputs)) input.value = input.tagName === "SELECT" ? input.options[0].value : "";
    readFilters();
    update();
    inputs.text.focus();
  }

  function update() {
    const chosen = every.filter(isChosen);
    drawStanding(chosen);
    drawTimes(chosen);
    drawMatrix(chosen);
    drawOutlets(chosen);
    listFound(chosen);
    showArticles(chosen);
    find("reset").disabled = !isFiltered();
    find("shown").textContent = isFiltered() ? fill("shown", { positions: count("positions", chosen.length), all: number(every.length) }) : count("positions", every.length);
  }

  for (const element of document.querySelectorAll(".scripted")) element.hidden = false;
  buildFilters();
  update();
  document.addEventListener("keydown", walk);
  find("more").addEventListener("click", () => {
    const before = shown;
    showMore();
    const first = find("found-list").children[before];
    first.tabIndex = -1;
    first.focus();
  });
  // A text is marked when it is opened. The event does not rise, but it can be caught on its way down.
  document.addEventListener("toggle", ({ target }) => {
    if (target.open && target.classList.contains("folded")) markArticle(Number(target.id.slice(1)), target);
  }, true);
})();
