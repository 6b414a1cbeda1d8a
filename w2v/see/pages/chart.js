/* Curves of a training: loss by epochs. And numbers as they are shown. */

/* Four digits, a true minus; small ones by their power of ten. */
function shown(x) {
  if (Number.isInteger(x)) return String(x).replace("-", "−");
  const size = Math.abs(x);
  const text = size >= 1e4 || size < 1e-4 ? x.toExponential(2) : x.toFixed(size < 0.01 ? 6 : 4);
  return text.replace("-", "−");
}

/* A table of numbers: column names, rows whose first cells name them. */
function numberTable(columns, rows) {
  const table = document.createElement("table");
  table.className = "numbers";
  const head = table.createTHead().insertRow();
  for (const name of columns) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    head.append(cell);
  }
  const body = table.createTBody();
  for (const values of rows) {
    const line = body.insertRow();
    values.forEach((value, k) => {
      const cell = k ? line.insertCell() : line.appendChild(document.createElement("th"));
      if (!k) cell.scope = "row";
      cell.textContent = typeof value === "number" ? shown(value) : value;
    });
  }
  return table;
}

/* About `most` round numbers within low .. high. */
function ticks(low, high, most) {
  const rough = (high - low) / most || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((k) => k * power >= rough * 0.999);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++)
    found.push(Number((k * step).toPrecision(10)));
  return found;
}

/* A pen on a canvas that is cleared, at the screen's own resolution; null where it is not shown. */
function penOn(canvas) {
  const ratio = devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (!width) return null;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  const style = getComputedStyle(document.documentElement);
  return { pen, width, height, colour: (name) => style.getPropertyValue(name) };
}

class Chart {
  constructor(canvas, unit) {
    this.canvas = canvas;
    this.unit = unit; // of the losses
    this.clear(1);
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  /* Begin again, with room for so many epochs. */
  clear(epochs) {
    this.epochs = epochs;
    this.points = []; // [epochs done, loss]
    this.draw();
  }

  /* Add a loss; of a long training two neighbours become one. */
  add(epoch, loss) {
    this.points.push([epoch, loss]);
    if (this.points.length > 2000) this.points = this.points.filter((_, k) => k % 2 || k === 1999);
    this.epochs = Math.max(this.epochs, epoch);
  }

  draw() {
    const { canvas, points } = this;
    const ground = penOn(canvas);
    if (!ground) return;
    const { pen, width, height, colour } = ground;
    const losses = points.map(([, loss]) => loss).filter(Number.isFinite);
    const low = losses.length ? losses.reduce((a, b) => Math.min(a, b)) : 0;
    const high = losses.length ? losses.reduce((a, b) => Math.max(a, b)) : 1;
    const pad = (high - low) * 0.06 || 0.05;
    const [bottom, top] = [Math.max(0, low - pad), high + pad];
    const box = { left: 46, right: width - 12, top: 20, bottom: height - 22 };
    const x = (epoch) => box.left + (epoch / this.epochs) * (box.right - box.left);
    const y = (loss) => box.bottom - ((loss - bottom) / (top - bottom)) * (box.bottom - box.top);
    pen.font = "11px system-ui, sans-serif";
    pen.strokeStyle = colour("--line");
    pen.fillStyle = colour("--soft");
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    for (const value of ticks(bottom, top, Math.max(2, height / 40))) {
      pen.beginPath();
      pen.moveTo(box.left, y(value));
      pen.lineTo(box.right, y(value));
      pen.stroke();
      pen.fillText(String(value), box.left - 6, y(value));
    }
    pen.textAlign = "center";
    for (const value of ticks(0, this.epochs, Math.min(10, width / 70)))
      pen.fillText(value.toLocaleString("en"), x(value), box.bottom + 11);
    pen.textAlign = "left";
    const last = points[points.length - 1];
    const now = last ? `: ${shown(last[1])}` : "";
    pen.fillText(`loss${now} ${this.unit}`, box.left, 9);
    pen.textAlign = "right";
    pen.fillText("epochs", box.right, 9);
    pen.strokeStyle = colour("--near");
    pen.lineWidth = 1.6;
    pen.lineJoin = "round";
    pen.beginPath();
    for (const [epoch, loss] of points) pen.lineTo(x(epoch), y(loss));
    pen.stroke();
    pen.lineWidth = 1;
    canvas.setAttribute("aria-label", last
      ? `Loss after ${shown(last[0])} epochs: ${shown(last[1])} ${this.unit}; at the start ${shown(points[0][1])}.`
      : "Loss: nothing is trained yet.");
  }
}
