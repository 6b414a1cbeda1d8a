/* The tab of words: text and settings in, loss, map, one update and answers out. */

const FRAME = 24; // milliseconds of training between two looks at the page
const HIDDEN_FRAME = 500; // while nobody looks
const FEWEST_FRAMES = 120; // of a training: a tiny one is shown step by step
const MOST_SHOWN = 3000; // characters of a long text

const page = {
  training: null,
  space: null,
  pane: null,
  word: null, // the chosen one
  marked: [[]],
  running: false,
  changed: false, // text or settings, since what is trained began
  source: null, // { name, text, settings }

  start() {
    this.chart = new Chart($("loss-curve"), "nats an example");
    this.texts = [...data.texts, { name: "your own text", text: "", settings: { min_count: 1 } }];
    $("text").replaceChildren(...this.texts.map(({ name }, number) => new Option(name, number)));
    this.chooseText(0);
    this.enable();
  },

  say(text) {
    $("status").textContent = text;
  },

  fail(error) {
    this.running = false;
    $("error").textContent = error instanceof RangeError ? NO_ROOM : error.message;
    this.enable();
  },

  /* --- the text and the settings ---------------------------------------------------------------- */

  chooseText(number) {
    const { text, settings } = this.texts[number];
    const long = text.length > MOST_SHOWN;
    this.source = this.texts[number];
    $("text").value = number;
    $("own").value = long ? `${text.slice(0, MOST_SHOWN)} …` : text;
    $("own").readOnly = long;
    this.put(settings);
    this.forget();
    if (long) this.say(`${text.length.toLocaleString("en")} characters; the first ones are shown.`);
  },

  /* Take a text of the person's own, from anywhere. */
  take(name, text) {
    const own = this.texts[this.texts.length - 1];
    own.text = text;
    own.settings = { min_count: text.length > 100000 ? 5 : 1 };
    this.chooseText(this.texts.length - 1);
    this.say(`${name}: ${text.length.toLocaleString("en")} characters`);
  },

  /* Take what is being typed, and leave the field as it is. */
  type(text) {
    const own = this.texts[this.texts.length - 1];
    if (this.source !== own) this.put({ min_count: 1 });
    this.source = Object.assign(own, { text, settings: {} });
    $("text").value = this.texts.length - 1;
    this.forget();
  },

  async open(file) {
    try {
      const bytes = await file.arrayBuffer();
      this.take(file.name, new TextDecoder("utf-8", { fatal: true }).decode(bytes));
      $("error").textContent = "";
    } catch {
      this.fail(new Error(`${file.name} is no text in UTF-8.`));
    }
  },

  fields() {
    return [...$("settings").querySelectorAll(".settings input, .settings select")];
  },

  put(settings) {
    for (const field of this.fields())
      if (settings[field.id] !== undefined) field.value = settings[field.id];
  },

  settings() {
    const given = Object.fromEntries(this.fields().map((field) =>
      [field.id, field.type === "number" ? Number(field.value) : field.value]));
    return { ...given, sample: 1e-3, ns_exponent: 0.75, min_alpha: Math.min(1e-4, given.alpha),
      shrink_windows: 1, exact_gradient: 0 };
  },

  /* --- training --------------------------------------------------------------------------------- */

  /* The settings are others now; what is trained stays until the next training begins. */
  change() {
    this.changed = true;
    this.enable();
  },

  /* Forget what was trained. */
  forget() {
    this.running = this.changed = false;
    this.training = this.space = null;
    this.pane?.remove();
    this.pane = null;
    this.word = null;
    this.marked = [[]];
    this.chart?.clear(Number($("epochs").value) || 1);
    $("progress").value = 0;
    for (const id of ["neighbours", "explained", "found"]) $(id).replaceChildren();
    $("command").textContent = "";
    $("error").textContent = "";
    this.say("");
    this.enable();
  },

  enable() {
    const { training } = this;
    const begins = !training || this.changed;
    const ended = !begins && training.finished;
    $("train").textContent = this.running ? "Pause" : begins || ended ? "Train" : "Go on";
    $("train").disabled = !this.running && ended;
    for (const id of ["again", "save-bin", "save-txt", "take", "another"]) $(id).disabled = !training;
    document.body.dataset.state = this.running ? "training" : training?.finished ? "trained" : "idle";
  },

  async toggle() {
    $("error").textContent = "";
    if (this.running) {
      this.running = false;
      return this.enable();
    }
    if (this.changed) this.forget();
    this.running = true;
    this.enable();
    try {
      if (!this.training) await this.prepare();
      this.next();
    } catch (error) {
      this.fail(error);
    }
  },

  async prepare() {
    this.say("Reading the text …");
    await new Promise((resolve) => setTimeout(resolve)); // let it be seen
    const settings = this.settings();
    this.training = await WordTraining.begin(this.source.text, settings);
    this.space = new Live(this.training);
    this.pane = new Pane(this.space, $("map"));
    const { counts } = this.space;
    const last = Math.log(counts[counts.length - 1]);
    const span = Math.log(counts[0]) - last || 1;
    counts.forEach((count, row) => this.pane.colours.set(ramp((Math.log(count) - last) / span), 3 * row));
    this.pane.send(1, this.pane.colours);
    this.pending = { examples: 0, loss: 0, since: 0 };
    this.placed = 0;
    this.place(30, 2000);
    this.chart.clear(settings.epochs);
    $("rate").value = settings.alpha;
    this.another();
    this.command(settings);
  },

  /* What trains the same vectors at the command line. */
  command({ architecture, loss, vector_size, window, negative, min_count, epochs, alpha, seed, sample, tokenizer, min_alpha }) {
    const flags = { architecture, loss, "vector-size": vector_size, window, "min-count": min_count,
      epochs, alpha, "min-alpha": min_alpha, seed, sample, ...(loss === "ns" && { negative }),
      ...(tokenizer === "words" && { tokenizer }), workers: 1 };
    const words = Object.entries(flags).map(([name, value]) => `--${name} ${value}`);
    $("command").textContent = "The same at the command line: ";
    const code = document.createElement("code");
    code.textContent = `w2v train text.txt ${words.join(" ")} --no-deterministic`;
    $("command").append(code);
  },

  /* A slice of training, and what it changes in the page; then the next one. */
  next() {
    if (!this.running) return;
    const { training } = this;
    const began = performance.now();
    try {
      const most = Math.max(1, Math.floor((training.blocks * training.settings.epochs) / FEWEST_FRAMES));
      this.note(training.train(document.hidden ? HIDDEN_FRAME : FRAME, document.hidden ? Infinity : most));
    } catch (error) {
      this.changed = true; // these weights are lost
      return this.fail(error);
    }
    if (training.finished) return this.finish();
    const now = performance.now();
    if (!document.hidden && now - this.placed > Math.max(40, 4 * this.place_took)) this.show();
    if (!document.hidden && now - began < 8) requestAnimationFrame(() => this.next());
    else channel.port2.postMessage(null);
  },

  /* Put a loss into the curve when it is a mean of enough examples. */
  note({ examples, loss }) {
    const { pending, training } = this;
    pending.examples += examples;
    pending.loss += loss;
    if (training.share - pending.since < 1 / 300 && !training.finished) return;
    if (pending.examples) this.chart.add(training.share * training.settings.epochs, pending.loss / pending.examples);
    this.pending = { examples: 0, loss: 0, since: training.share };
  },

  show() {
    const { training } = this;
    this.place(2, 1000);
    this.chart.draw();
    $("progress").value = training.share;
    const speed = Math.round(training.words_done / training.seconds / 1000);
    this.say(`epoch ${training.epoch + 1} of ${training.settings.epochs} · ${speed.toLocaleString("en")} thousand words a second`);
  },

  finish() {
    const { training } = this;
    this.running = false;
    this.place(60, 20000);
    this.chart.draw();
    $("progress").value = 1;
    const [loss] = training.history.slice(-1);
    this.say(`${training.words.length.toLocaleString("en")} words learnt in ${training.seconds.toFixed(1)} s; ` +
      `loss ${shown(loss)} nats an example. Click a word of the map.`);
    this.enable();
    if (this.word !== null) this.select(this.word);
    this.compute(false);
  },

  place(turns, most) {
    const began = performance.now();
    this.space.stale = true;
    this.space.place(turns, most);
    this.pane.send(0, this.space.xy);
    this.pane.draw();
    this.placed = performance.now();
    this.place_took = this.placed - began;
  },

  /* --- questions -------------------------------------------------------------------------------- */

  remember() {},

  choose() {},

  /* A word by what was typed, or null, which is said. */
  known(typed) {
    const word = typed.trim();
    if (!this.space) this.say("Train first.");
    else {
      for (const name of [word, word.toLowerCase()]) if (this.space.rows.has(name)) return name;
      this.say(word ? `There is no word "${word}" among those that are trained.` : "Write a word into each field.");
    }
    return null;
  },

  select(word) {
    this.word = word;
    const row = this.space.rows.get(word);
    this.space.stale = true;
    const near = this.space.nearest(this.space.unit(word), 10, new Set([row]));
    this.list(`Neighbours of ${word}`, near);
  },

  ask(form) {
    const words = [...form.querySelectorAll("input")].map((field) => this.known(field.value));
    if (words.includes(null)) return;
    const [a, b, c] = words;
    this.word = null;
    this.space.stale = true;
    this.list(`${a} is to ${b} as ${c} is to`, this.space.analogy(a, b, c, 10));
  },

  list(caption, near) {
    this.marked = [near.map(([row]) => row)];
    $("neighbours").replaceChildren(wordTable(caption, near, (row) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = this.space.words[row];
      button.onclick = () => this.select(this.space.words[row]);
      return button;
    }));
    this.pane.draw();
  },

  suggest(typed) {
    const asked = typed.trim().toLowerCase();
    const found = asked && this.space ? this.space.words.filter((word) => word.toLowerCase().startsWith(asked)) : [];
    $("found").replaceChildren(...found.slice(0, 10).map((word) => new Option(word)));
  },

  /* --- one update ------------------------------------------------------------------------------- */

  /* Two words that stand side by side in the text, or a word and what is around it. */
  another() {
    const { training, space } = this;
    const [center, context] = training.somewhere();
    const cbow = training.settings.architecture === "cbow";
    $("center-label").textContent = cbow ? "predict" : "word";
    $("context-label").textContent = cbow ? "from" : "predicts";
    $("center").value = space.words[center];
    $("context").value = context.slice(0, cbow ? Infinity : 1).map((row) => space.words[row]).join(" ");
    this.compute(false);
  },

  /* Explain an update; with `keep` the weights stay changed. */
  compute(keep) {
    if (!this.training) return this.say("Train first.");
    const { training, space } = this;
    const typed = [$("center").value, ...$("context").value.split(" ").filter(Boolean)];
    const words = typed.map((word) => this.known(word));
    if (words.includes(null) || words.length < 2) return;
    const [center, ...context] = words.map((word) => space.rows.get(word));
    const cbow = training.settings.architecture === "cbow";
    const [inputs, target] = cbow ? [context, center] : [[center], context[0]];
    const rate = Number($("rate").value);
    try {
      const step = training.step(inputs, target, rate, training.settings.seed, keep);
      $("explained").replaceChildren(...explainStep(training, { ...step, target: space.words[target] }, rate));
      if (keep) this.place(4, 2000);
    } catch (error) {
      this.fail(error);
    }
  },
};

/* The next slice comes as a message: unlike a timer it does not wait while the page is hidden. */
const channel = new MessageChannel();
channel.port1.onmessage = () => page.next();

$("text").addEventListener("change", (event) => page.chooseText(Number(event.target.value)));
$("own").addEventListener("input", (event) => page.type(event.target.value));
$("own").addEventListener("paste", (event) => {
  const text = event.clipboardData.getData("text/plain");
  if (text.length <= MOST_SHOWN && !event.target.readOnly) return;
  event.preventDefault(); // a long text would make the field slow; a shown one is replaced
  page.take("pasted", text);
});
$("file").addEventListener("change", (event) => event.target.files[0] && page.open(event.target.files[0]));
$("settings").addEventListener("submit", (event) => {
  event.preventDefault();
  page.toggle();
});
for (const field of page.fields()) field.addEventListener("input", () => page.change());
$("again").addEventListener("click", () => {
  page.forget();
  page.toggle();
});
$("search").addEventListener("input", (event) => page.suggest(event.target.value));
$("search").addEventListener("change", (event) => {
  const word = event.target.value && page.known(event.target.value);
  if (word) page.select(word);
});
$("analogy").addEventListener("submit", (event) => {
  event.preventDefault();
  page.ask(event.target);
});
$("update").addEventListener("submit", (event) => {
  event.preventDefault();
  page.compute(false);
});
$("take").addEventListener("click", () => page.compute(true));
$("another").addEventListener("click", () => page.another());
for (const form of ["bin", "txt"])
  $(`save-${form}`).addEventListener("click", () => saveAs(`vectors.${form}`, page.space.file(form === "bin")));
