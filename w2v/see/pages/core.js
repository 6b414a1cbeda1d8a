/* The compiled core of w2v, and word vectors trained by it; its C side is csrc/wasm. */

class Core {
  static module = null; // compiled once

  /* A fresh copy of the core, with memory of its own. */
  static async start() {
    Core.module ??= await WebAssembly.compile(bytesOf("core"));
    // the one thing that it asks for: between threads, of which there are none here
    const imports = { wasi_snapshot_preview1: { sched_yield: () => 0 } };
    const core = new Core();
    core.c = (await WebAssembly.instantiate(Core.module, imports)).exports;
    core.c._initialize();
    return core;
  }

  /* Numbers of the core as they are now: to be used before the next call, which may move them. */
  view(Kind, pointer, length) {
    return new Kind(this.c.memory.buffer, pointer, length);
  }

  /* Hand numbers over; they stay. */
  give(values) {
    const pointer = this.c.allocate(values.byteLength);
    if (!pointer) throw new Error(NO_ROOM);
    this.view(values.constructor, pointer, values.length).set(values);
    return pointer;
  }
}

const NO_ROOM = "The browser gives no more memory: take a smaller text, or fewer numbers a vector.";

/* Names as on all floors of w2v, in the order of `settings` in csrc/wasm/words.c. */
const SETTINGS = ["architecture", "loss", "vector_size", "window", "negative", "sample",
  "ns_exponent", "shrink_windows", "exact_gradient", "seed"];
const CHOICES = { architecture: ["skipgram", "cbow"], loss: ["ns", "hs", "softmax"] };

/* What `w2v train --tokenizer words` takes: lower-cased runs of letters, numbers, connectors and
 * the marks after them; an apostrophe or a joiner stays between two. */
const WORDS = /[\p{L}\p{N}\p{Pc}][\p{L}\p{N}\p{Pc}\p{M}]*(?:['\u200c\u200d][\p{L}\p{N}\p{Pc}\p{M}]+)*/gu;
const LAYOUT = /[\u00ad\u034f\u061c\u180e\u200e\u200f\ufeff\u202a-\u202e\u2060-\u206f]/g;

function wordsOnly(text) {
  const lines = text.toLowerCase().replace(LAYOUT, "").replaceAll("\u2019", "'").split("\n");
  return lines.map((line) => (line.match(WORDS) ?? []).join(" ")).join("\n");
}

/* A training of word vectors, the one of Word2Vec(workers=1, deterministic=False). */
class WordTraining {
  constructor(core, settings) {
    this.core = core;
    this.settings = settings;
    this.epoch = 0; // those that are complete
    this.left = 0; // blocks of the epoch under way
    this.words_done = 0;
    this.seconds = 0;
    this.history = []; // for each epoch its mean loss, nats an example
    this.sum = { examples: 0, loss: 0 };
  }

  /* Read a text and make ready to train on it. An Error says what is wrong with either. */
  static async begin(text, settings) {
    const core = await Core.start();
    const training = new WordTraining(core, settings);
    training.read(settings.tokenizer === "words" ? wordsOnly(text) : text);
    training.prepare();
    return training;
  }

  /* Count the words, number the frequent ones, and write the text in these numbers. */
  read(text) {
    const { c } = this.core;
    const bytes = new TextEncoder().encode(`${text}\n`);
    const distinct = c.text_read(this.core.give(bytes), bytes.length);
    if (distinct < 0) throw new Error(NO_ROOM);
    if (!distinct) throw new Error("The text holds no word: paste some, or choose an example.");
    this.tokens = c.text_tokens();
    const starts = this.core.view(BigInt64Array, c.text_starts(), distinct + 1);
    const counts = Array.from(this.core.view(BigInt64Array, c.text_counts(), distinct), Number);
    const letters = this.core.view(Uint8Array, c.text_bytes(), Number(starts[distinct]));
    const { min_count } = this.settings;
    const ids = [];
    counts.forEach((count, id) => count >= min_count && ids.push(id));
    ids.sort((a, b) => counts[b] - counts[a] || a - b); // ties: the word that came first
    if (ids.length < 2)
      throw new Error(`Only ${ids.length} words occur ${min_count} times: lower "least count".`);
    const decoder = new TextDecoder();
    this.words = ids.map((id) =>
      decoder.decode(letters.subarray(Number(starts[id]), Number(starts[id + 1]))));
    this.counts = ids.map((id) => counts[id]);
    const numbers = new Int32Array(distinct).fill(-1);
    ids.forEach((id, number) => (numbers[id] = number));
    this.kept = c.text_encode(this.core.give(numbers));
  }

  prepare() {
    const { c } = this.core;
    const { settings } = this;
    const V = this.words.length;
    if (settings.loss === "softmax" && V > 3000)
      throw new Error(`The exact softmax computes all ${V} outputs for every example: in the page ` +
        'it takes at most 3000 words. Raise "least count", or choose another objective.');
    if (2 * V * settings.vector_size * 4 > 2 ** 31) throw new Error(NO_ROOM);
    settings.sample = this.chooseSample();
    const values = SETTINGS.map((name) => CHOICES[name]?.indexOf(settings[name]) ?? settings[name]);
    this.core.view(Float64Array, c.words_settings(), SETTINGS.length).set(values);
    if (c.words_begin(this.core.give(Float64Array.from(this.counts)), V) < 0)
      throw new Error(NO_ROOM);
    this.stride = c.words_stride();
    this.blocks = Math.ceil(this.kept / 1000); // of an epoch
  }

  /* As choose_sample() in training/schedule.py: in a small text every word is needed. */
  chooseSample() {
    const { sample } = this.settings;
    if (!sample) return 0;
    const total = this.counts.reduce((a, b) => a + b, 0);
    const kept = this.counts.reduce((sum, count) => {
      const ratio = (sample * total) / count;
      return sum + count * Math.min(1, Math.sqrt(ratio) + ratio);
    }, 0);
    return kept / total < 0.5 && (kept / total) * this.kept < 10000 ? 0 : sample;
  }

  get finished() {
    return this.epoch >= this.settings.epochs;
  }

  /* Share of the whole training that is done. */
  get share() {
    return this.words_done / (this.kept * this.settings.epochs);
  }

  get alpha() {
    const { alpha, min_alpha, epochs } = this.settings;
    return alpha + ((min_alpha - alpha) / epochs) * this.epoch;
  }

  /* Train for so many milliseconds, and at most so many blocks, at least one. Returns the examples
   * that were trained and the sum of their losses. */
  train(milliseconds, most = Infinity) {
    const { c } = this.core;
    const began = performance.now();
    const done = { examples: 0, loss: 0 };
    let now = began;
    let [blocks, taken] = [1, 0];
    do {
      if (!this.left) this.startEpoch();
      blocks = Math.min(blocks, most - taken);
      taken += blocks;
      this.left = c.words_train(blocks);
      const [words, examples, loss] = this.core.view(Float64Array, c.words_slice(), 3);
      this.words_done += words;
      for (const sum of [done, this.sum]) {
        sum.examples += examples;
        sum.loss += loss;
      }
      if (!this.left) this.endEpoch();
      const took = performance.now() - now;
      now += took;
      if (took < milliseconds / 8) blocks = Math.min(2 * blocks, 64);
    } while (!this.finished && now - began < milliseconds && taken < most);
    this.seconds += (now - began) / 1000;
    if (!Number.isFinite(done.loss))
      throw new Error("The training diverged: choose a smaller learning rate.");
    return done;
  }

  startEpoch() {
    const { alpha, min_alpha, epochs } = this.settings;
    const start = this.alpha;
    this.core.c.words_epoch(this.epoch, start, start + (min_alpha - alpha) / epochs);
  }

  endEpoch() {
    this.epoch++;
    if (!this.sum.examples)
      throw new Error("No two words stand near each other: there is nothing to learn.");
    this.history.push(this.sum.loss / this.sum.examples);
    this.sum = { examples: 0, loss: 0 };
  }

  /* A word of the text and those around it, of somewhere in it: rows, the word first. */
  somewhere() {
    for (let tries = 0; tries < 100; tries++) {
      const sentence = this.sentence(Math.floor(Math.random() * this.core.c.text_sentences()));
      if (sentence.length < 2) continue;
      const at = Math.floor(Math.random() * sentence.length);
      const { window } = this.settings;
      const around = [...sentence.slice(Math.max(0, at - window), at), ...sentence.slice(at + 1, at + 1 + window)];
      return [sentence[at], around];
    }
    return [0, [1]];
  }

  sentence(number) {
    const { c } = this.core;
    const [start, end] = this.core.view(BigInt64Array, c.text_offsets() + 8 * number, 2);
    return Array.from(this.core.view(Int32Array, c.text_ids() + 4 * Number(start), Number(end - start)));
  }

  row(matrix, row) {
    const start = this.core.c[`words_${matrix}`]();
    return this.core.view(Float32Array, start + 4 * row * this.stride, this.settings.vector_size);
  }

  /* All vectors, side by side. */
  vectors() {
    const d = this.settings.vector_size;
    const all = new Float32Array(this.words.length * d);
    for (let row = 0; row < this.words.length; row++) all.set(this.row("in", row), row * d);
    return all;
  }

  /* One step by the kernel: the rows before it, and what it added to them. `inputs` are rows of
   * W_in; without `keep` the weights are put back. */
  step(inputs, target, alpha, seed, keep) {
    const { c } = this.core;
    const n = c.example_begin(target, seed);
    if (n < 0) throw new Error(NO_ROOM);
    const outputs = Array.from(this.core.view(Int32Array, c.example_rows(), n));
    const t = Array.from(this.core.view(Float32Array, c.example_labels(), n));
    const copies = (matrix, rows) => new Map(rows.map((row) =>
      [row, Float32Array.from(this.row(matrix, row))]));
    const before = { in: copies("in", inputs), out: copies("out", outputs) };
    const loss = c.example_step(this.core.give(Int32Array.from(inputs)), inputs.length, alpha);
    if (loss < 0) throw new Error(NO_ROOM);
    const after = { in: copies("in", inputs), out: copies("out", outputs) };
    if (!keep)
      for (const matrix of ["in", "out"])
        for (const [row, values] of before[matrix]) this.row(matrix, row).set(values);
    return { inputs, outputs, t, before, after, loss };
  }
}
