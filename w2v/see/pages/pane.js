/* A map of a space: drawn by WebGL 2 or, without it, on a canvas; moved by pointer and keys. */

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
  constructor(model, parent, named = false) {
    this.model = model;
    this.places = model.xy;
    this.axes = null;
    this.view = { x: 0, y: 0, zoom: 0.92 };
    const box = document.createElement("section");
    box.className = "pane";
    if (named) {
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
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(box);
  }

  remove() {
    this.observer.disconnect();
    this.gl?.getExtension("WEBGL_lose_context")?.loseContext(); // a browser has few of them
    this.box.remove();
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
