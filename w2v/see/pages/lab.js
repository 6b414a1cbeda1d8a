/* The tab of networks: a network learns points of a plane, and shows how. */

const GRID = 72; // points of the plane a side, at which the network is asked
/* Rates to begin with: what most of the patterns here are learnt at. */
const RATES = { sgd: 0.3, momentum: 0.1, nesterov: 0.1, adagrad: 0.1, rmsprop: 0.01, adadelta: 1, adam: 0.02 };
const SPEEDS = { slow: 1, medium: 10, fast: 100 }; // epochs a frame

const lab = {
  training: null,
  running: false,
  changed: false,
  next_pattern: 0,
  table: null, // of the person's own

  start() {
    this.chart = new Chart($("net-curve"), "a pattern");
    new ResizeObserver(() => this.draw()).observe($("plane"));
    this.begin();
  },

  say(text) {
    $("net-status").textContent = text;
  },

  fail(error) {
    this.running = false;
    $("net-error").textContent = error.message;
    this.enable();
  },

  settings() {
    const sizes = $("hidden").value.split(/[\s,;]+/).filter(Boolean).map(Number);
    if (sizes.some((n) => !Number.isInteger(n) || n < 1 || n > MOST_UNITS) || sizes.length > MOST_HIDDEN)
      throw new Error(`Hidden units: up to ${MOST_HIDDEN} whole numbers from 1 to ${MOST_UNITS}, as in "4" or "8, 8".`);
    const number = (id) => Number($(id).value);
    return { hidden: sizes, activation: $("activation").value, loss: $("error-function").value,
      optimizer: $("optimizer").value, learning_rate: number("learning-rate"), batch: number("batch"),
      seed: number("net-seed") };
  },

  patterns() {
    const chosen = $("patterns").value;
    if (chosen !== "table") return PATTERNS[chosen](Number($("net-seed").value));
    if (!this.table) throw new Error("Drop a CSV file on the page, or open one below: two numbers and a class a line.");
    return this.table;
  },

  /* A network with new weights. */
  async begin() {
    this.running = this.changed = false;
    $("net-error").textContent = "";
    try {
      this.training = await NetworkTraining.begin(this.patterns(), this.settings());
      this.next_pattern = 0;
      this.chart.clear(10);
      $("net-explained").textContent = "";
      this.units();
      this.show();
    } catch (error) {
      this.fail(error);
    }
    this.enable();
  },

  enable() {
    $("net-train").textContent = this.running ? "Pause" : this.training?.epoch && !this.changed ? "Go on" : "Train";
    document.body.dataset.network = this.running ? "training" : "idle";
  },

  async toggle() {
    this.running = !this.running;
    if (!this.running) return this.enable();
    if (this.changed || !this.training) {
      await this.begin();
      if ($("net-error").textContent) return;
      this.running = true;
    }
    $("net-error").textContent = "";
    this.enable();
    this.next();
  },

  /* Some epochs; then the next ones, a frame later. */
  next() {
    if (!this.running) return;
    this.epochs(SPEEDS[$("speed").value]);
    const { training } = this;
    if (this.running && training.last < 1e-3 && this.right === training.n) {
      this.running = false;
      this.say(`${$("net-status").textContent} Learnt.`);
      this.enable();
    }
    if (this.running) requestAnimationFrame(() => this.next());
  },

  epochs(count) {
    const { training } = this;
    try {
      const rate = Number($("learning-rate").value);
      training.settings.learning_rate = rate;
      const first = training.epoch;
      training.train(count).forEach((loss, k) => this.chart.add(first + k + 1, loss));
      this.show();
    } catch (error) {
      this.changed = true; // these weights are lost
      this.fail(error);
    }
  },

  /* --- what is seen ----------------------------------------------------------------------------- */

  /* The part of the plane that is shown: all points and some room around them. */
  box() {
    const { X } = this.training.patterns;
    const sides = [0, 1].map((k) => {
      const values = X.map((point) => point[k]);
      return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
    });
    const room = 0.25 * Math.max(...sides.map(([low, high]) => high - low), 1e-6);
    return sides.map(([low, high]) => [low - room, high + room]);
  },

  show() {
    const { training } = this;
    const [[left, right], [low, high]] = (this.plane = this.box());
    const points = [];
    for (let i = 0; i < GRID; i++)
      for (let j = 0; j < GRID; j++)
        points.push(left + ((j + 0.5) / GRID) * (right - left), high - ((i + 0.5) / GRID) * (high - low));
    this.seen = training.look(points);
    this.right = training.correct();
    const loss = Number.isFinite(training.last) ? ` · loss ${shown(training.last)}` : "";
    this.say(`epoch ${training.epoch.toLocaleString("en")}${loss} · ${this.right} of ${training.n} patterns right.`);
    this.draw();
    this.weights();
  },

  draw() {
    if (!this.seen || $("network").hidden) return;
    this.drawPlane();
    this.drawUnits();
    this.chart.draw();
  },

  /* An image of values over the plane; paint(k) is the colour at point k of the grid. */
  image(paint) {
    const image = new ImageData(GRID, GRID);
    for (let k = 0; k < GRID * GRID; k++) {
      image.data.set(paint(k), 4 * k);
      image.data[4 * k + 3] = 255;
    }
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = GRID;
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
  },

  /* Between two colours by way of the page's back, t from -1 to 1. */
  between(t) {
    const back = matchMedia("(prefers-color-scheme: dark)").matches ? [28, 32, 38] : [255, 255, 255];
    const towards = rgb(PALETTE[t < 0 ? 0 : 1]);
    const share = 0.62 * Math.min(1, Math.abs(t));
    return back.map((value, k) => value + (towards[k] - value) * share);
  },

  drawPlane() {
    const canvas = $("plane");
    const ground = penOn(canvas);
    if (!ground) return;
    const { pen, width, height, colour } = ground;
    const { training, seen } = this;
    const { outputs, patterns } = training;
    const out = seen[seen.length - 1];
    const [[left, right], [low, high]] = this.plane;
    const side = Math.min(width - 64, height - 50);
    const [x0, y0] = [(width - side) / 2 + 16, 8];
    const place = ([x, y]) => [x0 + ((x - left) / (right - left)) * side, y0 + ((high - y) / (high - low)) * side];
    pen.imageSmoothingQuality = "high";
    pen.drawImage(this.image((k) => {
      if (outputs === 1) return this.between(2 * out[k] - 1);
      const mixed = [0, 0, 0];
      for (let j = 0; j < outputs; j++)
        rgb(PALETTE[j]).forEach((value, m) => (mixed[m] += out[k * outputs + j] * (255 - 0.62 * (255 - value))));
      return mixed;
    }), x0, y0, side, side);
    pen.save();
    pen.beginPath();
    pen.rect(x0, y0, side, side);
    pen.clip();
    this.drawLines(pen, colour, place);
    const radius = patterns.X.length > 50 ? 3.2 : 7;
    patterns.X.forEach((point, k) => {
      const [x, y] = place(point);
      pen.beginPath();
      pen.arc(x, y, radius, 0, 7);
      pen.fillStyle = PALETTE[patterns.classes[k]];
      pen.fill();
      pen.lineWidth = 1;
      pen.strokeStyle = "#fff";
      pen.stroke();
    });
    pen.restore();
    pen.strokeStyle = colour("--line");
    pen.strokeRect(x0, y0, side, side);
    pen.fillStyle = colour("--soft");
    pen.font = "12px system-ui, sans-serif";
    pen.textAlign = "center";
    for (const value of ticks(left, right, 5)) pen.fillText(String(value).replace("-", "−"), place([value, 0])[0], y0 + side + 14);
    pen.fillText(patterns.names[0], x0 + side / 2, y0 + side + 29);
    pen.textAlign = "right";
    for (const value of ticks(low, high, 5)) pen.fillText(String(value).replace("-", "−"), x0 - 5, place([0, value])[1] + 4);
    pen.fillText(patterns.names[1], x0 - 5, y0 + 10);
    canvas.setAttribute("aria-label", `The plane of ${patterns.names.join(" and ")}: ${this.right} of ` +
      `${patterns.X.length} patterns are on their side.`);
  },

  /* Where each unit of the first hidden layer has a net input of 0. */
  drawLines(pen, colour, place) {
    const { units } = this.training;
    if (units.length < 3 || units[1] > 16) return;
    const theta = this.training.theta();
    const [layer] = this.training.layers();
    const [[left, right], [low, high]] = this.plane;
    pen.strokeStyle = pen.fillStyle = colour("--ink");
    pen.font = "11px system-ui, sans-serif";
    for (let j = 0; j < layer.to; j++) {
      const [a, b, bias] = [theta[layer.at + 2 * j], theta[layer.at + 2 * j + 1], theta[layer.bias + j]];
      const ends = [];
      for (const x of [left, right]) if (b) ends.push([x, -(a * x + bias) / b]);
      for (const y of [low, high]) if (a) ends.push([-(b * y + bias) / a, y]);
      const inside = ends.filter(([x, y]) => x >= left - 1e-9 && x <= right + 1e-9 && y >= low - 1e-9 && y <= high + 1e-9);
      if (inside.length < 2) continue;
      inside.sort((p, q) => p[0] - q[0]); // the name stands at the left end
      const [from, to] = [place(inside[0]), place(inside[inside.length - 1])];
      pen.lineWidth = 1.2;
      pen.setLineDash([5, 4]);
      pen.beginPath();
      pen.moveTo(...from);
      pen.lineTo(...to);
      pen.stroke();
      pen.setLineDash([]);
      pen.fillText(`h${j + 1}`, from[0] + 0.06 * (to[0] - from[0]) + 4, from[1] + 0.06 * (to[1] - from[1]) - 4);
    }
  },

  /* A small map for each hidden unit. */
  units() {
    const { units } = this.training;
    $("hidden-units").replaceChildren(...units.slice(1, -1).map((count, l) => {
      const row = document.createElement("div");
      row.className = "units";
      for (let j = 0; j < Math.min(count, 16); j++) {
        const figure = document.createElement("figure");
        const canvas = document.createElement("canvas");
        canvas.width = canvas.height = GRID;
        canvas.dataset.layer = l + 1;
        canvas.dataset.unit = j;
        const name = document.createElement("figcaption");
        name.textContent = units.length > 3 ? `h${l + 1},${j + 1}` : `h${j + 1}`;
        figure.append(canvas, name);
        row.append(figure);
      }
      if (count > 16) row.append(`and ${count - 16} more`);
      return row;
    }));
  },

  drawUnits() {
    const { activation } = this.training.settings;
    for (const canvas of $("hidden-units").querySelectorAll("canvas")) {
      const l = Number(canvas.dataset.layer);
      const [count, j] = [this.training.units[l], Number(canvas.dataset.unit)];
      const A = this.seen[l];
      let most = 1;
      if (activation === "relu" || activation === "linear")
        for (let k = 0; k < GRID * GRID; k++) most = Math.max(most, Math.abs(A[k * count + j]));
      const scale = activation === "sigmoid" ? (a) => 2 * a - 1 : (a) => a / most;
      canvas.getContext("2d").drawImage(this.image((k) => this.between(scale(A[k * count + j]))), 0, 0);
    }
  },

  /* Tables of the weights, and what the last epoch added to them. */
  weights() {
    const { training } = this;
    if (training.size > 200) {
      $("weights").textContent = `${training.size} weights and biases: too many to be listed.`;
      return;
    }
    const [theta, { before }] = [training.theta(), training];
    const last = training.units.length - 2;
    $("weights").replaceChildren(...training.layers().map((layer, l) => {
      const sources = Array.from({ length: layer.from }, (_, i) => (l ? `h${i + 1}` : training.patterns.names[i]));
      const names = (j) => (l === last ? `out${layer.to > 1 ? j + 1 : ""}` : `h${j + 1}`);
      const rows = Array.from({ length: layer.to }, (_, j) => {
        const places = [...sources.map((_, i) => layer.at + j * layer.from + i), layer.bias + j];
        return [names(j), ...places.flatMap((at) => [theta[at], theta[at] - before[at]])];
      });
      const columns = ["", ...[...sources, "b"].flatMap((name) => [`w ${name}`.replace("w b", "b"), "Δ"])];
      const box = document.createElement("div");
      box.className = "wide";
      box.append(numberTable(columns, rows));
      return box;
    }));
  },

  /* --- one update ------------------------------------------------------------------------------- */

  /* Train on the next pattern alone, and show the numbers. */
  step() {
    if (!this.training || this.changed) return;
    const { training } = this;
    try {
      const step = training.step(this.next_pattern, true);
      this.next_pattern = (this.next_pattern + 1) % training.n;
      this.explain(step);
      this.show();
    } catch (error) {
      this.fail(error);
    }
  },

  explain({ number, A, D, before, after, error, targets }) {
    const { training } = this;
    const { names, X } = training.patterns;
    const parts = [];
    const paragraph = (text) => {
      const p = document.createElement("p");
      p.className = "formula";
      p.textContent = text;
      parts.push(p);
    };
    const table = (...given) => {
      const box = document.createElement("div");
      box.className = "wide";
      box.append(numberTable(...given));
      parts.push(box);
    };
    paragraph(`pattern ${number + 1}: ${names.map((name, k) => `${name} = ${shown(X[number][k])}`).join(", ")}; ` +
      `target ${Array.from(targets).join(" ")}`);
    paragraph("z = Σ w o + b, o = g(z), δ = −∂E/∂z, ∂E/∂w = −δ o of the unit below");
    const last = training.units.length - 2;
    const rows = training.layers().flatMap((layer, l) => Array.from({ length: layer.to }, (_, j) => {
      let z = before[layer.bias + j];
      for (let i = 0; i < layer.from; i++) z += before[layer.at + j * layer.from + i] * A[l][i];
      return [l === last ? `out${layer.to > 1 ? j + 1 : ""}` : `h${last > 1 ? `${l + 1},` : ""}${j + 1}`, z, A[l + 1][j], -D[l + 1][j]];
    }));
    table(["unit", "z", "o", "δ"], rows.slice(0, 40));
    const change = after.map((value, k) => value - before[k]);
    const longest = change.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    paragraph(`E = ${shown(error)}; the largest change of a weight is ${shown(longest)}`);
    $("net-explained").replaceChildren(...parts);
  },

  /* --- a table of the person's own -------------------------------------------------------------- */

  async open(file) {
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
      this.take(readTable(text));
    } catch (error) {
      this.fail(error instanceof TypeError ? new Error(`${file.name} is no text in UTF-8.`) : error);
    }
  },

  take(table) {
    this.table = table;
    $("patterns").value = "table";
    this.begin();
  },
};

$("net-settings").addEventListener("submit", (event) => {
  event.preventDefault();
  lab.toggle();
});
$("optimizer").addEventListener("input", () => ($("learning-rate").value = RATES[$("optimizer").value]));
for (const field of $("net-settings").querySelectorAll(".settings input, .settings select"))
  if (!["learning-rate", "speed"].includes(field.id))
    field.addEventListener("input", () => {
      lab.changed = true;
      if (!lab.running) lab.begin();
    });
$("net-again").addEventListener("click", () => lab.begin());
$("net-epoch").addEventListener("click", () => lab.training && !lab.changed && lab.epochs(1));
$("net-step").addEventListener("click", () => lab.step());
$("net-file").addEventListener("change", (event) => event.target.files[0] && lab.open(event.target.files[0]));
