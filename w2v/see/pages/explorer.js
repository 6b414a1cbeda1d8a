/* The page around the maps: what is chosen, the lists beside them, the address. */

const page = {
  word: null, // the chosen one
  marked: [], // for each model the rows of its neighbours, or of an answer
  lasso: [],
  axes: null,
  models: [],
  panes: [],

  start() {
    this.models = data.models.map((about, number) => new Stored(about, number));
    this.panes = this.models.map((model) => new Pane(model, $("panes"), data.models.length > 1));
    const [model] = this.models;
    const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
    const way = data.map === "pca" ? "principal components" : "t-SNE";
    $("about").textContent = `${model.words.length.toLocaleString("en")} words, vectors of ` +
      `${model.size} numbers, map by ${way}. A number takes a byte: cosines are off by at most ` +
      `${model.truth.error.toFixed(4)}, and ${percent(model.truth.overlap)} of ten neighbours are ` +
      `the true ones. Of these the map shows ${percent(model.truth.map_overlap)} among the ten ` +
      "nearest points.";
    this.colours();
    this.panes.forEach((pane) => pane.send(0, pane.places));
    this.paint();
    this.recall();
    addEventListener("hashchange", () => this.recall());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  },

  draw() {
    this.panes.forEach((pane) => pane.draw());
  },

  say(text) {
    $("status").textContent = text;
  },

  /* A word of a model by what was typed, or null, which is said. */
  known(model, typed) {
    const word = typed.trim();
    for (const name of [word, word.toLowerCase()]) if (model.rows.has(name)) return name;
    this.say(word ? `There is no word "${word}" in this map.` : "Write a word into each field.");
    return null;
  },

  /* Choose a word: mark its neighbours on the maps, list them beside. */
  select(word, center = false) {
    this.word = word;
    const lists = [];
    const started = performance.now();
    this.marked = this.models.map((model) => {
      const row = model.rows.get(word);
      if (row === undefined) return [];
      const near = model.nearest(model.unit(word), 10, new Set([row]));
      const beside = model.beside(row, 10);
      const shown = near.filter(([other]) => beside.has(other)).length;
      lists.push([model, `Neighbours of ${word}`, near, `the map shows ${shown} of ${near.length} nearby`]);
      return near.map(([other]) => other);
    });
    this.took = performance.now() - started;
    this.say(`${word}: neighbours found in ${Math.round(this.took)} ms`);
    this.list(lists);
    if (center) {
      for (const pane of this.panes) {
        const row = pane.model.rows.get(word);
        if (row === undefined) continue;
        pane.view.zoom = Math.max(pane.view.zoom, 3);
        pane.moveTo(pane.places[2 * row], pane.places[2 * row + 1]);
      }
    }
    this.draw();
    this.remember();
  },

  /* Tables of words with scores, one for each model. */
  list(lists) {
    $("neighbours").replaceChildren();
    for (const [model, title, near, note] of lists) {
      const caption = this.models.length > 1 ? `${title} (${model.name})` : title;
      const table = wordTable(caption, near, (row) => this.button(model.words[row]));
      const small = document.createElement("p");
      small.className = "soft";
      small.textContent = note;
      $("neighbours").append(table, small);
    }
  },

  button(word) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = word;
    button.onclick = () => {
      $("found").replaceChildren();
      this.select(word, true);
    };
    return button;
  },

  search(text) {
    const asked = text.trim().toLowerCase();
    const found = $("found");
    found.replaceChildren();
    if (!asked) return;
    const [model] = this.models;
    model.lower ??= model.words.map((word) => word.toLowerCase());
    const [exact, begin, inside] = [[], [], []];
    for (let row = 0; row < model.lower.length && begin.length < 12; row++) {
      const at = model.lower[row].indexOf(asked);
      if (at < 0) continue;
      (at > 0 ? inside : model.lower[row] === asked ? exact : begin).push(row);
    }
    for (const row of [...exact, ...begin, ...inside].slice(0, 12)) {
      const item = document.createElement("li");
      item.append(this.button(model.words[row]));
      found.append(item);
    }
    if (!found.children.length) this.say(`No word contains "${text.trim()}".`);
  },

  ask(form) {
    const lists = [];
    this.marked = this.models.map((model) => {
      const words = [...form.querySelectorAll("input")].map((field) => this.known(model, field.value));
      if (words.includes(null)) return [];
      const [a, b, c] = words;
      const answers = model.analogy(a, b, c, 10);
      lists.push([model, `${a} is to ${b} as ${c} is to`, answers, ""]);
      return answers.map(([row]) => row);
    });
    if (!lists.length) return;
    this.word = null;
    this.say(`The answer: ${lists[0][0].words[lists[0][2][0][0]]}`);
    this.list(lists);
    this.draw();
  },

  showAxes(words) {
    for (const pane of this.panes) {
      const known = words && words.map((word) => this.known(pane.model, word));
      if (known && known.includes(null)) return;
      pane.axes = known;
      pane.places = known ? pane.model.along(...known) : pane.model.xy;
      Object.assign(pane.view, { x: 0, y: 0, zoom: 0.92 });
      pane.send(0, pane.places);
      pane.draw();
    }
    this.axes = words;
    this.say(words ? "A word's place is its cosine with each axis." : "");
    this.remember();
  },

  /* The words within a line drawn around them. */
  choose(pane, line) {
    const inside = (x, y) => {
      let within = false;
      for (let i = 0, j = line.length - 1; i < line.length; j = i++) {
        const [[xi, yi], [xj, yj]] = [line[i], line[j]];
        if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) within = !within;
      }
      return within;
    };
    this.lasso = [];
    for (let row = 0; row < pane.model.words.length; row++)
      if (inside(...pane.pixel(row))) this.lasso.push(row);
    this.lassoModel = pane.model;
    $("count").textContent = `${this.lasso.length.toLocaleString("en")} words`;
    $("save").disabled = !this.lasso.length;
    $("chosen").replaceChildren(
      ...this.lasso.slice(0, 300).map((row) => this.button(pane.model.words[row])));
  },

  csv() {
    const { words, counts, xy } = this.lassoModel;
    const quoted = (word) => `"${word.replaceAll('"', '""')}"`;
    const lines = this.lasso.map((row) =>
      [quoted(words[row]), counts ? counts[row] : "", xy[2 * row], xy[2 * row + 1]].join(","));
    return ["word,count,x,y", ...lines].join("\r\n") + "\r\n";
  },

  /* What the points can be coloured by: frequency and the columns of the page. */
  colours() {
    const names = ["frequency", ...data.columns.map((column) => column.name)];
    $("colour").replaceChildren(...names.map((name, number) => new Option(name, number)));
  },

  paint() {
    const number = Number($("colour").value);
    const legend = $("legend");
    legend.replaceChildren();
    const mark = (name, paint) => {
      const item = document.createElement("span");
      const dot = document.createElement("i");
      dot.style.background = paint;
      item.append(dot, name);
      legend.append(item, " ");
    };
    const scale = (low, high, format) => {
      mark(format(low), RAMP[0]);
      mark(format(high), RAMP[RAMP.length - 1]);
    };
    let colourOf; // a word of a model, by its row
    if (number === 0) {
      const { counts, words } = this.models[0];
      if (counts) scale(counts[counts.length - 1], counts[0], (n) => `${n.toLocaleString("en")} times`);
      else scale(words.length, 1, (n) => `place ${n.toLocaleString("en")}`);
      colourOf = (model, row) => {
        const c = model.counts;
        const last = c ? Math.log1p(c[c.length - 1]) : -Math.log(model.words.length);
        const span = (c ? Math.log1p(c[0]) : 0) - last || 1;
        return ramp(((c ? Math.log1p(c[row]) : -Math.log(row + 1)) - last) / span);
      };
    } else {
      const column = data.columns[number - 1];
      const rows = this.models[0].rows;
      const values = column.numbers ?? column.texts;
      const valueOf = (model, row) => values[rows.get(model.words[row])] ?? null;
      if (column.numbers) {
        const known = column.numbers.filter((x) => x !== null);
        const low = known.reduce((a, b) => Math.min(a, b), Infinity);
        const high = known.reduce((a, b) => Math.max(a, b), -Infinity);
        scale(low, high, (x) => x.toLocaleString("en"));
        colourOf = (model, row) => {
          const value = valueOf(model, row);
          return value === null ? rgb(OTHER) : ramp((value - low) / (high - low || 1));
        };
      } else {
        const often = new Map();
        for (const text of column.texts) if (text !== null) often.set(text, (often.get(text) ?? 0) + 1);
        const kinds = [...often.keys()].sort((a, b) => often.get(b) - often.get(a)).slice(0, PALETTE.length);
        kinds.forEach((text, kind) => mark(text, PALETTE[kind]));
        if (often.size > kinds.length || often.size === 0 || column.texts.includes(null)) mark("other", OTHER);
        const paints = new Map(kinds.map((text, kind) => [text, rgb(PALETTE[kind])]));
        colourOf = (model, row) => paints.get(valueOf(model, row)) ?? rgb(OTHER);
      }
    }
    for (const pane of this.panes) {
      for (let row = 0; row < pane.model.words.length; row++)
        pane.colours.set(colourOf(pane.model, row), 3 * row);
      pane.send(1, pane.colours);
      pane.draw();
    }
  },

  /* What is seen stands in the address, so that it can be passed on. */
  remember() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const { x, y, zoom } = this.panes[0].view;
      const state = new URLSearchParams();
      if (this.word !== null) state.set("word", this.word);
      if (this.axes) this.axes.forEach((word) => state.append("axis", word));
      state.set("view", [x, y, zoom].map((value) => Number(value.toPrecision(5))).join(","));
      if ($("colour").value !== "0") state.set("colour", $("colour").value);
      this.written = writeAddress(state);
    }, 200);
  },

  recall() {
    if (location.hash === this.written) return;
    const state = new URLSearchParams(location.hash.slice(1));
    const colour = state.get("colour");
    if (colour && $("colour").options[colour]) {
      $("colour").value = colour;
      this.paint();
    }
    if (state.getAll("axis").length === 4) this.showAxes(state.getAll("axis"));
    if (state.has("word") && this.known(this.models[0], state.get("word"))) this.select(state.get("word"));
    const view = (state.get("view") ?? "").split(",").map(Number);
    if (view.length === 3 && view.every(Number.isFinite) && view[2] > 0)
      for (const pane of this.panes) {
        pane.view = { x: view[0], y: view[1], zoom: view[2] };
        pane.draw();
      }
  },
};

$("search").addEventListener("input", (event) => page.search(event.target.value));
$("search").addEventListener("keydown", (event) => {
  const first = $("found").querySelector("button");
  if (event.key === "Enter" && first) first.click();
});
$("analogy").addEventListener("submit", (event) => {
  event.preventDefault();
  page.ask(event.target);
});
$("axes").addEventListener("submit", (event) => {
  event.preventDefault();
  page.showAxes([...event.target.querySelectorAll("input")].map((field) => field.value));
});
$("map").addEventListener("click", () => page.showAxes(null));
$("colour").addEventListener("change", () => {
  page.paint();
  page.remember();
});
$("save").addEventListener("click", () => saveAs("words.csv", new Blob([page.csv()], { type: "text/csv" })));
addEventListener("keydown", (event) => {
  if (event.key === "/" && event.target.tagName !== "INPUT") {
    event.preventDefault();
    $("search").focus();
  }
  if (event.key === "Escape") {
    page.word = null;
    page.marked = [];
    $("neighbours").replaceChildren();
    page.draw();
    page.remember();
  }
});
page.start();
