"use strict";
/* The explorer. Model: words, places, vectors and questions to them. Pane: one map, drawn and
 * touched. Below them the page: what is chosen, and the lists beside the maps. */

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

class Model {
  constructor(about, number) {
    Object.assign(this, about); // name, words, counts, size (of a vector), truth
    this.number = number;
    this.xy = new Float32Array(bytesOf(`xy${number}`).buffer);
    this.rows = new Map(this.words.map((word, row) => [word, row]));
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
    return Model.best(this.cosines(query), k, without);
  }

  /* Rows of the k nearest points of the map. */
  beside(row, k) {
    const { xy } = this;
    const scores = new Float32Array(this.words.length);
    for (let i = 0; i < scores.length; i++)
      scores[i] = -((xy[2 * i] - xy[2 * row]) ** 2 + (xy[2 * i + 1] - xy[2 * row + 1]) ** 2);
    return new Set(Model.best(scores, k, new Set([row])).map(([other]) => other));
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

const VERTEX = `#version 300 es
in vec2 place; in vec3 colour; out vec3 paint;
uniform vec2 centre, scale; uniform float size, count;
void main() {
  float rank = float(gl_VertexID) / count;
  gl_Position = vec4((place - centre) * scale, rank, 1.0);  /* frequent words lie on top */
  gl_PointSize = size * (1.6 - rank);
  paint = colour;
}`;
const FRAGMENT = `#version 300 es
precision mediump float;
in vec3 paint; out vec4 pixel;
void main() {
  if (length(gl_PointCoord - 0.5) > 0.5) discard;
  pixel = vec4(paint, 1.0);
}`;

class Pane {
  constructor(model, parent) {
    this.model = model;
    this.places = model.xy;
    this.axes = null;
    this.view = { x: 0, y: 0, zoom: 0.92 };
    const box = document.createElement("section");
    box.className = "pane";
    if (data.models.length > 1) {
      const name = document.createElement("h2");
      name.textContent = model.name;
      box.append(name);
    }
    this.points = document.createElement("canvas");
    this.top = document.createElement("canvas");
    this.top.tabIndex = 0;
    this.top.setAttribute("role", "application");
    this.top.setAttribute("aria-label", `Map of ${model.words.length} words. ` +
      "Arrow keys move, plus and minus zoom. The list beside it names the neighbours of a word.");
    const zoom = document.createElement("div");
    zoom.className = "zoom";
    for (const [sign, name, by] of [["+", "Zoom in", 1.5], ["−", "Zoom out", 1 / 1.5]]) {
      const button = document.createElement("button");
      button.textContent = sign;
      button.ariaLabel = name;
      button.onclick = () => this.zoomAt(this.width / 2, this.height / 2, by);
      zoom.append(button);
    }
    box.append(this.points, this.top, zoom);
    parent.append(box);
    this.box = box;
    this.pen = this.top.getContext("2d");
    this.colours = new Uint8Array(3 * model.words.length);
    this.startGL();
    this.listen();
    new ResizeObserver(() => this.resize()).observe(box);
  }

  startGL() {
    const gl = this.points.getContext("webgl2", { antialias: true });
    this.gl = gl;
    if (!gl) {
      this.flat = this.points.getContext("2d");
      return;
    }
    const program = gl.createProgram();
    for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.bindAttribLocation(program, 0, "place");
    gl.bindAttribLocation(program, 1, "colour");
    gl.linkProgram(program);
    gl.useProgram(program);
    gl.enable(gl.DEPTH_TEST);
    this.buffers = [gl.createBuffer(), gl.createBuffer()];
    this.at = {};
    for (const name of ["centre", "scale", "size", "count"])
      this.at[name] = gl.getUniformLocation(program, name);
  }

  /* Hand places or colours over; they stay on the graphics card. */
  send(which, values) {
    const { gl } = this;
    if (!gl) return;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[which]);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(which);
    if (which === 0) gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
    else gl.vertexAttribPointer(1, 3, gl.UNSIGNED_BYTE, true, 0, 0);
  }

  resize() {
    const ratio = devicePixelRatio || 1;
    [this.width, this.height] = [this.box.clientWidth, this.box.clientHeight];
    for (const canvas of [this.points, this.top]) {
      canvas.width = Math.max(1, Math.round(this.width * ratio));
      canvas.height = Math.max(1, Math.round(this.height * ratio));
    }
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (this.flat) this.flat.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.draw();
  }

  get unitPixels() {
    return (Math.min(this.width, this.height) / 2) * this.view.zoom;
  }

  /* Where a word lies, in pixels of the pane. */
  pixel(row) {
    const { places, view, unitPixels } = this;
    return [this.width / 2 + (places[2 * row] - view.x) * unitPixels,
      this.height / 2 - (places[2 * row + 1] - view.y) * unitPixels];
  }

  zoomAt(px, py, factor) {
    const before = [(px - this.width / 2) / this.unitPixels, (this.height / 2 - py) / this.unitPixels];
    this.view.zoom = Math.max(0.2, Math.min(5000, this.view.zoom * factor));
    const after = [(px - this.width / 2) / this.unitPixels, (this.height / 2 - py) / this.unitPixels];
    this.moveTo(this.view.x + before[0] - after[0], this.view.y + before[1] - after[1]);
  }

  moveTo(x, y) {
    Object.assign(this.view, { x, y });
    this.draw();
    page.remember();
  }

  /* The word under a pixel, or -1. */
  at_(px, py) {
    let best = 14 ** 2;
    let found = -1;
    for (let row = 0; row < this.model.words.length; row++) {
      const [x, y] = this.pixel(row);
      const distance = (x - px) ** 2 + (y - py) ** 2;
      if (distance < best) [best, found] = [distance, row];
    }
    return found;
  }

  draw() {
    if (this.waiting || !this.width) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.drawPoints();
      this.drawLabels();
      if (!document.documentElement.dataset.ready)
        document.documentElement.dataset.ready = Math.round(performance.now());
    });
  }

  pointSize() {
    const n = this.model.words.length;
    return Math.max(1.5, Math.min(9, 2.2 * Math.sqrt(this.view.zoom) * (20000 / n) ** 0.25));
  }

  drawPoints() {
    const { gl, view } = this;
    const n = this.model.words.length;
    if (!gl) return this.drawFlat();
    gl.viewport(0, 0, this.points.width, this.points.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.uniform2f(this.at.centre, view.x, view.y);
    gl.uniform2f(this.at.scale, (2 * this.unitPixels) / this.width, (2 * this.unitPixels) / this.height);
    gl.uniform1f(this.at.size, this.pointSize() * (devicePixelRatio || 1));
    gl.uniform1f(this.at.count, n);
    gl.drawArrays(gl.POINTS, 0, n);
  }

  /* Without WebGL 2. */
  drawFlat() {
    const pen = this.flat;
    pen.clearRect(0, 0, this.width, this.height);
    const size = this.pointSize();
    for (let row = this.model.words.length - 1; row >= 0; row--) {
      const [x, y] = this.pixel(row);
      if (x < 0 || y < 0 || x > this.width || y > this.height) continue;
      const [r, g, b] = this.colours.subarray(3 * row, 3 * row + 3);
      pen.fillStyle = `rgb(${r},${g},${b})`;
      pen.fillRect(x - size / 2, y - size / 2, size, size);
    }
  }

  /* Labels by frequency, as many as have a place; those of chosen words first. */
  drawLabels() {
    const { pen, model } = this;
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name);
    pen.clearRect(0, 0, this.width, this.height);
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    const taken = [];
    const label = (row, paint, bold, always) => {
      const [x, y] = this.pixel(row);
      if (x < -5 || y < -5 || x > this.width + 5 || y > this.height + 5) return false;
      const word = model.words[row].length > 30 ? model.words[row].slice(0, 29) + "…" : model.words[row];
      pen.font = `${bold ? "600 " : ""}12px system-ui, sans-serif`;
      const box = [x + 3, y - 8, x + 12 + pen.measureText(word).width, y + 8];
      const free = taken.every((b) => box[0] > b[2] || box[2] < b[0] || box[1] > b[3] || box[3] < b[1]);
      if (!free && !always) return false;
      taken.push(box);
      pen.lineWidth = 3;
      pen.strokeStyle = colour("--halo");
      pen.strokeText(word, x + 7, y);
      pen.fillStyle = paint;
      pen.fillText(word, x + 7, y);
      return true;
    };
    const ring = (row, paint, radius) => {
      const [x, y] = this.pixel(row);
      pen.strokeStyle = paint;
      pen.lineWidth = 2;
      pen.beginPath();
      pen.arc(x, y, radius, 0, 7);
      pen.stroke();
    };
    this.drawAxes(colour);
    const chosen = model.rows.get(page.word);
    for (const row of page.marked[model.number] ?? []) {
      ring(row, colour("--near"), 4);
      label(row, colour("--near"), true, false);
    }
    if (chosen !== undefined) {
      ring(chosen, colour("--mark"), 6);
      label(chosen, colour("--mark"), true, true);
    }
    if (this.hovered >= 0) label(this.hovered, colour("--ink"), true, true);
    let placed = 0;
    for (let row = 0, seen = 0; row < model.words.length && placed < 140 && seen < 3000; row++) {
      const x = this.width / 2 + (this.places[2 * row] - this.view.x) * this.unitPixels;
      if (x < 0 || x > this.width) continue;
      const y = this.height / 2 - (this.places[2 * row + 1] - this.view.y) * this.unitPixels;
      if (y < 0 || y > this.height) continue;
      seen++;
      if (label(row, colour("--ink"), false, false)) placed++;
    }
    if (this.lasso) {
      pen.strokeStyle = colour("--mark");
      pen.setLineDash([4, 3]);
      pen.beginPath();
      this.lasso.forEach(([x, y]) => pen.lineTo(x, y));
      pen.stroke();
      pen.setLineDash([]);
    }
  }

  drawAxes(colour) {
    if (!this.axes) return;
    const { pen } = this;
    const [a, b, c, d] = this.axes;
    pen.strokeStyle = colour("--line");
    pen.lineWidth = 1;
    const [x, y] = [this.width / 2 - this.view.x * this.unitPixels,
      this.height / 2 + this.view.y * this.unitPixels];
    pen.beginPath();
    pen.moveTo(0, y);
    pen.lineTo(this.width, y);
    pen.moveTo(x, 0);
    pen.lineTo(x, this.height);
    pen.stroke();
    pen.fillStyle = colour("--soft");
    pen.font = "600 13px system-ui, sans-serif";
    pen.fillText(`← ${b}`, 8, y - 12);
    pen.textAlign = "right";
    pen.fillText(`${a} →`, this.width - 8, y - 12);
    pen.textAlign = "left";
    pen.fillText(`↑ ${c}`, x + 8, 30);
    pen.fillText(`↓ ${d}`, x + 8, this.height - 14);
  }

  listen() {
    const canvas = this.top;
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    let from = null;
    let moved = false;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      from = place(event);
      moved = false;
      if (event.shiftKey) this.lasso = [from];
    });
    canvas.addEventListener("pointermove", (event) => {
      const to = place(event);
      if (!from) {
        const hovered = this.at_(...to);
        if (hovered !== this.hovered) {
          this.hovered = hovered;
          this.draw();
        }
        return;
      }
      if (Math.hypot(to[0] - from[0], to[1] - from[1]) > 3) moved = true;
      if (this.lasso) this.lasso.push(to);
      else if (moved) {
        this.moveTo(this.view.x - (to[0] - from[0]) / this.unitPixels,
          this.view.y + (to[1] - from[1]) / this.unitPixels);
        from = to;
      }
      this.draw();
    });
    canvas.addEventListener("pointerup", (event) => {
      const to = place(event);
      const lasso = this.lasso;
      this.lasso = from = null;
      if (lasso && moved) page.choose(this, lasso);
      else if (!moved) {
        const row = this.at_(...to);
        if (row >= 0) page.select(this.model.words[row]);
      }
      this.draw();
    });
    canvas.addEventListener("pointerleave", () => {
      this.hovered = -1;
      this.draw();
    });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoomAt(...place(event), Math.exp(-event.deltaY / 400));
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      const step = 40 / this.unitPixels;
      const { x, y } = this.view;
      const keys = {
        ArrowLeft: () => this.moveTo(x - step, y), ArrowRight: () => this.moveTo(x + step, y),
        ArrowUp: () => this.moveTo(x, y + step), ArrowDown: () => this.moveTo(x, y - step),
        "+": () => this.zoomAt(this.width / 2, this.height / 2, 1.3),
        "-": () => this.zoomAt(this.width / 2, this.height / 2, 1 / 1.3),
        0: () => ((this.view.zoom = 0.92), this.moveTo(0, 0)),
      };
      if (!keys[event.key]) return;
      event.preventDefault();
      keys[event.key]();
    });
  }
}

/* --- the page -------------------------------------------------------------------------------- */

const page = {
  word: null, // the chosen one
  marked: [], // for each model the rows of its neighbours, or of an answer
  lasso: [],
  axes: null,
  models: [],
  panes: [],

  start() {
    this.models = data.models.map((about, number) => new Model(about, number));
    this.panes = this.models.map((model) => new Pane(model, $("panes")));
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
      const table = document.createElement("table");
      table.createCaption().textContent =
        this.models.length > 1 ? `${title} (${model.name})` : title;
      for (const [row, score] of near) {
        const line = table.insertRow();
        line.insertCell().append(this.button(model.words[row]));
        line.insertCell().textContent = score.toFixed(3);
      }
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
      this.written = `#${state}`;
      try {
        history.replaceState(null, "", this.written);
      } catch {
        location.hash = this.written; // a browser that lets a file's page do no more
      }
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
$("save").addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([page.csv()], { type: "text/csv" }));
  link.download = "words.csv";
  link.click();
  URL.revokeObjectURL(link.href);
});
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
