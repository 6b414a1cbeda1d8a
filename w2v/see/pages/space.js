"use strict";
/* A space of words: its words, places and vectors, and questions to them; colours. */

const $ = (id) => document.getElementById(id);
const data = JSON.parse($("data").textContent);

/* Colours that also people tell apart who do not see red and green as others do. */
const PALETTE = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c6bb1",
  "#b3a12f", "#5d6d7e", "#a6611a", "#3f9ba8"];
const RAMP = ["#43257e", "#3a528b", "#21918c", "#5ec962", "#e5c92b"]; // dark is little
const OTHER = "#8a939d";

function bytesOf(id) {
  const text = $(id).textContent.trim();
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

function rgb(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

/* A colour of the ramp for t in 0 .. 1. */
function ramp(t) {
  const at = Math.max(0, Math.min(1, t)) * (RAMP.length - 1);
  const low = Math.min(Math.floor(at), RAMP.length - 2);
  const [from, to] = [rgb(RAMP[low]), rgb(RAMP[low + 1])];
  return from.map((value, k) => value + (to[k] - value) * (at - low));
}

/* A table of words, as [row, score]; `cell` gives what stands for a row. */
function wordTable(caption, near, cell) {
  const table = document.createElement("table");
  table.className = "words";
  table.createCaption().textContent = caption;
  for (const [row, score] of near) {
    const line = table.insertRow();
    line.insertCell().append(cell(row));
    line.insertCell().textContent = score.toFixed(3);
  }
  return table;
}

function saveAs(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/* Put what is seen into the address, so that it can be passed on; return the fragment. */
function writeAddress(state) {
  const fragment = `#${state}`;
  try {
    history.replaceState(null, "", fragment);
  } catch {
    location.hash = fragment; // a browser that lets a file's page do no more
  }
  return fragment;
}

/* What can be asked of a space. Its kinds know where the vectors are: unit(word) is a word's vector
 * at length 1, cosines(query) are those of a query with all words. */
class Space {
  constructor(about, number) {
    Object.assign(this, about); // name, words, counts, size (of a vector)
    this.number = number;
    this.rows = new Map(this.words.map((word, row) => [word, row]));
  }

  /* The k words with the largest scores, as [row, score]; ties go to the more frequent word. */
  static best(scores, k, without) {
    const best = [];
    let limit = -Infinity;
    for (let row = 0; row < scores.length; row++) {
      if (scores[row] <= limit || without.has(row)) continue;
      let at = best.length;
      while (at > 0 && best[at - 1][1] < scores[row]) at--;
      best.splice(at, 0, [row, scores[row]]);
      if (best.length > k) best.pop();
      if (best.length === k) limit = best[k - 1][1];
    }
    return best;
  }

  nearest(query, k, without) {
    return Space.best(this.cosines(query), k, without);
  }

  /* Rows of the k nearest points of the map. */
  beside(row, k) {
    const { xy } = this;
    const scores = new Float32Array(this.words.length);
    for (let i = 0; i < scores.length; i++)
      scores[i] = -((xy[2 * i] - xy[2 * row]) ** 2 + (xy[2 * i + 1] - xy[2 * row + 1]) ** 2);
    return new Set(Space.best(scores, k, new Set([row])).map(([other]) => other));
  }

  /* b - a + c, without the three. */
  analogy(a, b, c, k) {
    const [A, B, C] = [a, b, c].map((word) => this.unit(word));
    const query = B.map((value, i) => value - A[i] + C[i]);
    return this.nearest(query, k, new Set([a, b, c].map((word) => this.rows.get(word))));
  }

  /* Places by two directions: the cosines with a - b and with c - d. */
  along(a, b, c, d) {
    const places = new Float32Array(2 * this.words.length);
    [[a, b], [c, d]].forEach(([to, from], axis) => {
      const [T, F] = [this.unit(to), this.unit(from)];
      const cosines = this.cosines(T.map((value, i) => value - F[i]));
      const most = cosines.reduce((top, value) => Math.max(top, Math.abs(value)), 1e-9);
      cosines.forEach((value, row) => (places[2 * row + axis] = value / most));
    });
    return places;
  }
}

/* A space that stands in the page, a byte a number. */
class Stored extends Space {
  constructor(about, number) {
    super(about, number);
    this.xy = new Float32Array(bytesOf(`xy${number}`).buffer);
    this.vectors = null;
  }

  /* Vectors are decoded when they are first asked for: the map does not wait for them. */
  load() {
    if (this.vectors) return;
    this.vectors = new Int8Array(bytesOf(`vectors${this.number}`).buffer);
    this.norms = new Float32Array(this.words.length);
    for (let row = 0, at = 0; row < this.words.length; row++) {
      let sum = 0;
      for (let k = 0; k < this.size; k++, at++) sum += this.vectors[at] * this.vectors[at];
      this.norms[row] = Math.sqrt(sum) || 1;
    }
  }

  /* The vector of a word at length 1. */
  unit(word) {
    this.load();
    const row = this.rows.get(word);
    const vector = this.vectors.subarray(row * this.size, (row + 1) * this.size);
    return Float32Array.from(vector, (value) => value / this.norms[row]);
  }

  /* Cosines of a query (size numbers) with all words. Whole numbers are added twice as fast as
   * others: the query's largest becomes 4095, and no sum of 4,000 products leaves 32 bits. */
  cosines(query) {
    this.load();
    const { size, vectors, norms } = this;
    const most = query.reduce((top, value) => Math.max(top, Math.abs(value)), 0) || 1;
    const whole = Int32Array.from(query, (value) => Math.round((value / most) * 4095));
    const length = Math.hypot(...whole) || 1;
    const cosines = new Float32Array(norms.length);
    const fours = size - (size % 4);
    for (let row = 0, at = 0; row < norms.length; row++) {
      let [a, b, c, d] = [0, 0, 0, 0];
      let k = 0;
      for (; k < fours; k += 4, at += 4) {
        a = (a + Math.imul(vectors[at], whole[k])) | 0;
        b = (b + Math.imul(vectors[at + 1], whole[k + 1])) | 0;
        c = (c + Math.imul(vectors[at + 2], whole[k + 2])) | 0;
        d = (d + Math.imul(vectors[at + 3], whole[k + 3])) | 0;
      }
      for (; k < size; k++, at++) a = (a + Math.imul(vectors[at], whole[k])) | 0;
      cosines[row] = (a + b + c + d) / (norms[row] * length);
    }
    return cosines;
  }
}
