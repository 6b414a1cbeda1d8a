/* A network trained by the compiled core, and data for it. */

/* In the order of `settings` in csrc/wasm/network.c. */
const NETWORK = ["hidden", "output", "loss", "optimizer", "shuffle", "batch", "seed",
  "learning_rate", "first", "second", "epsilon", "l2", "dropout"];
const ACTIVATIONS = ["sigmoid", "tanh", "relu", "linear", "sine", "softmax"];
const LOSSES = ["squared_error", "binary_cross_entropy", "cross_entropy"];
/* Constants are those of DEFAULTS in names.py: what is kept of the mean, of the squares; epsilon. */
const OPTIMIZERS = {
  sgd: [0, 0, 0], momentum: [0.9, 0, 0], nesterov: [0.9, 0, 0], adagrad: [0, 0, 1e-8],
  rmsprop: [0, 0.9, 1e-8], adadelta: [0, 0.95, 1e-6], adam: [0.9, 0.999, 1e-8],
};
const MOST_UNITS = 64; // of a layer
const MOST_HIDDEN = 6; // layers

/* Random numbers in [0, 1), by a seed (mulberry32). */
function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/* Patterns to learn: points X of two numbers, and the class of each, from 0. */
const PATTERNS = {
  xor: () => ({ names: ["x1", "x2"], X: [[0, 0], [0, 1], [1, 0], [1, 1]], classes: [0, 1, 1, 0] }),
  circles: (seed) => scattered(200, seed, (k, noise) => {
    const [angle, radius] = [noise() * 2 * Math.PI, k % 2 ? 0.8 : 0.3];
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  }),
  spirals: (seed) => scattered(240, seed, (k, noise) => {
    const t = Math.sqrt(0.05 + 0.95 * noise());
    const angle = 1.5 * 2 * Math.PI * t + (k % 2) * Math.PI;
    return [t * Math.cos(angle), t * Math.sin(angle)];
  }, 0.02),
};

function scattered(n, seed, place, width = 0.07) {
  const random = randomNumbers(seed + 1000);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const X = Array.from({ length: n }, (_, k) => place(k, random).map((x) => x + width * normal()));
  return { names: ["x1", "x2"], X, classes: X.map((_, k) => k % 2) };
}

/* A table of two columns of numbers and one of classes, with or without a header. The columns are
 * moved and scaled to -1 .. 1. */
function readTable(text) {
  const lines = text.split(/\r?\n/).map((line, k) => [line, k + 1]).filter(([line]) => line.trim());
  if (!lines.length) throw new Error("The table is empty.");
  const mark = [",", ";", "\t"].find((sign) => lines[0][0].split(sign).length === 3);
  if (!mark)
    throw new Error("The first line must have three fields: two numbers and the class, between commas.");
  const fields = (line) => line.split(mark).map((field) => field.trim().replace(/^"(.*)"$/, "$1"));
  let names = ["x1", "x2"];
  const isNumber = (field) => field !== "" && Number.isFinite(Number(field));
  const first = fields(lines[0][0]);
  if (!first.slice(0, 2).some(isNumber)) names = fields(lines.shift()[0]).slice(0, 2);
  const rows = lines.map(([line, number]) => {
    const found = fields(line);
    if (found.length !== 3 || !found.slice(0, 2).every(isNumber))
      throw new Error(`Line ${number}: expected two numbers and a class, found "${line.slice(0, 60)}".`);
    return found;
  });
  const labels = [...new Set(rows.map((row) => row[2]))].sort();
  if (labels.length < 2 || labels.length > PALETTE.length)
    throw new Error(`The third column has ${labels.length} classes: there must be 2 to ${PALETTE.length}.`);
  if (rows.length > 5000) throw new Error(`The table has ${rows.length} rows: the page takes 5000.`);
  const columns = [0, 1].map((k) => rows.map((row) => Number(row[k])));
  const scaled = columns.map((column) => {
    const [low, high] = [Math.min(...column), Math.max(...column)];
    return column.map((x) => (high > low ? (2 * (x - low)) / (high - low) - 1 : 0));
  });
  return { names, labels, X: rows.map((_, k) => [scaled[0][k], scaled[1][k]]),
    classes: rows.map((row) => labels.indexOf(row[2])) };
}

class NetworkTraining {
  /* Make a network for patterns; settings are hidden (units of each layer), activation, loss,
   * optimizer, learning_rate, batch (0: all patterns) and seed. */
  static async begin(patterns, settings) {
    const core = await Core.start();
    return new NetworkTraining(core, patterns, settings);
  }

  constructor(core, patterns, settings) {
    Object.assign(this, { core, patterns, settings });
    const { c } = core;
    const K = Math.max(...patterns.classes) + 1;
    this.n = patterns.X.length;
    this.outputs = K > 2 ? K : 1;
    this.units = [2, ...settings.hidden, this.outputs];
    this.epoch = 0;
    this.last = NaN; // loss
    core.view(Int32Array, c.network_units(), this.units.length).set(this.units);
    this.tell();
    this.size = c.network_begin(this.units.length, this.n);
    if (this.size < 0) throw new Error(NO_ROOM);
    const T = patterns.classes.flatMap((number) =>
      K > 2 ? Array.from({ length: K }, (_, k) => Number(k === number)) : [number]);
    core.view(Float64Array, c.network_inputs(), 2 * this.n).set(patterns.X.flat());
    core.view(Float64Array, c.network_targets(), T.length).set(T);
    this.draw();
    this.before = this.theta(); // an epoch ago
    this.losses = core.give(new Float64Array(1000));
  }

  get loss() {
    return this.outputs > 1 ? "cross_entropy" : this.settings.loss;
  }

  /* Hand the settings over; the rate and the optimiser's constants may change on the way. */
  tell() {
    const { settings } = this;
    const [first, second, epsilon] = OPTIMIZERS[settings.optimizer];
    const values = {
      hidden: ACTIVATIONS.indexOf(settings.activation),
      output: ACTIVATIONS.indexOf(this.outputs > 1 ? "softmax" : "sigmoid"),
      loss: LOSSES.indexOf(this.loss),
      optimizer: Object.keys(OPTIMIZERS).indexOf(settings.optimizer),
      shuffle: Number(settings.batch > 0), batch: settings.batch || this.n, seed: settings.seed,
      learning_rate: settings.learning_rate, first, second, epsilon, l2: settings.l2 ?? 0, dropout: 0,
    };
    this.core.view(Float64Array, this.core.c.network_settings(), NETWORK.length)
      .set(NETWORK.map((name) => values[name]));
  }

  /* First weights: uniform within sqrt(6 / (fan in + fan out)) (Glorot and Bengio), biases 0. */
  draw() {
    const random = randomNumbers(this.settings.seed);
    const theta = this.core.view(Float64Array, this.core.c.network_theta(), this.size);
    for (const { from, to, at } of this.layers()) {
      const limit = Math.sqrt(6 / (from + to));
      for (let k = 0; k < from * to; k++) theta[at + k] = limit * (2 * random() - 1);
    }
  }

  /* Where each layer's weights stand, (to, from), and behind them its biases, (to,). */
  layers() {
    let at = 0;
    return this.units.slice(1).map((to, l) => {
      const layer = { from: this.units[l], to, at, bias: at + to * this.units[l] };
      at = layer.bias + to;
      return layer;
    });
  }

  theta() {
    return this.core.view(Float64Array, this.core.c.network_theta(), this.size).slice();
  }

  /* Train for some epochs, at most 1000; return the loss of each. */
  train(epochs) {
    const { c } = this.core;
    this.tell();
    const losses = [];
    for (const part of epochs > 1 ? [epochs - 1, 1] : [1]) {
      this.before = this.theta();
      const done = c.network_train(part, this.losses);
      losses.push(...this.core.view(Float64Array, this.losses, done));
    }
    this.epoch += losses.length;
    this.last = losses[losses.length - 1];
    if (!Number.isFinite(this.last))
      throw new Error("The training diverged: choose a smaller learning rate.");
    return losses;
  }

  /* Activations of every layer for points (flat pairs); the network stays as it is. */
  look(points) {
    const n = points.length / 2;
    return this.probe(points, new Float64Array(n * this.outputs), n, "squared_error", 0).A;
  }

  probe(points, targets, n, loss, learns) {
    const { c } = this.core;
    const X = this.core.give(Float64Array.from(points));
    const T = this.core.give(Float64Array.from(targets));
    const error = c.network_probe(X, T, n, LOSSES.indexOf(loss), learns);
    if (error < 0) throw new Error(NO_ROOM);
    const copy = (pointer, units) => this.core.view(Float64Array, pointer, n * units).slice();
    const A = this.units.map((units, l) => (l ? copy(c.probe_activations(l), units) : null));
    const D = this.units.map((units, l) => (l ? copy(c.probe_deltas(l), units) : null));
    const theta = this.core.view(Float64Array, c.probe_theta(), this.size).slice();
    c.release(X);
    c.release(T);
    return { A, D, theta, error };
  }

  /* One update on one pattern: all layers before it, dE/dz, and the parameters after it. */
  step(number, keep) {
    this.tell();
    const point = this.patterns.X[number];
    const targets = this.core.view(Float64Array, this.core.c.network_targets(), this.n * this.outputs)
      .slice(number * this.outputs, (number + 1) * this.outputs);
    const A = this.look(point);
    const { D, theta, error } = this.probe(point, targets, 1, this.loss, 1);
    const before = this.theta();
    if (keep) {
      this.core.c.network_accept();
      this.before = before;
    }
    return { number, A: [Float64Array.from(point), ...A.slice(1)], D, before, after: theta, error, targets };
  }

  /* The class of each pattern as the network sees it. */
  correct() {
    const A = this.look(this.patterns.X.flat());
    const out = A[A.length - 1];
    return this.patterns.classes.filter((number, k) => {
      if (this.outputs === 1) return Number(out[k] >= 0.5) === number;
      const row = out.subarray(k * this.outputs, (k + 1) * this.outputs);
      return row.indexOf(row.reduce((a, b) => Math.max(a, b))) === number;
    }).length;
  }
}
