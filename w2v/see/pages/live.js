/* A space of words that is being trained: its vectors now, and their two principal components. */

class Live extends Space {
  constructor(training) {
    const { words, counts, settings } = training;
    super({ name: "", words, counts, size: settings.vector_size }, 0);
    this.training = training;
    this.xy = new Float32Array(2 * words.length);
    this.axes = [0, 1].map((axis) =>
      Float64Array.from({ length: this.size }, (_, k) => Math.sin(1 + k * (axis ? 2.3 : 1.1))));
    this.stale = true;
  }

  /* Vectors at length 1, as the weights are now. */
  load() {
    if (!this.stale) return;
    const d = this.size;
    this.units = this.training.vectors();
    for (let at = 0; at < this.units.length; at += d) {
      let sum = 0;
      for (let k = at; k < at + d; k++) sum += this.units[k] * this.units[k];
      const scale = 1 / (Math.sqrt(sum) || 1);
      for (let k = at; k < at + d; k++) this.units[k] *= scale;
    }
    this.stale = false;
  }

  unit(word) {
    this.load();
    const row = this.rows.get(word);
    return this.units.slice(row * this.size, (row + 1) * this.size);
  }

  cosines(query) {
    this.load();
    const length = Math.hypot(...query) || 1;
    const cosines = new Float32Array(this.words.length);
    for (let row = 0, at = 0; row < cosines.length; row++) {
      let sum = 0;
      for (let k = 0; k < this.size; k++, at++) sum += this.units[at] * query[k];
      cosines[row] = sum / length;
    }
    return cosines;
  }

  /* Place the words by the first two principal components of their vectors at length 1. The two
   * directions are those of the last time, brought nearer by `turns` of the power iteration on the
   * `most` most frequent words: so the map moves and does not jump. */
  place(turns, most) {
    this.load();
    const { units, size: d, axes } = this;
    const n = Math.min(most, this.words.length);
    const centre = new Float64Array(d);
    for (let at = 0; at < n * d; at++) centre[at % d] += units[at] / n;
    const along = (row, axis) => {
      let sum = 0;
      for (let k = 0, at = row * d; k < d; k++, at++) sum += (units[at] - centre[k]) * axis[k];
      return sum;
    };
    for (let turn = 0; turn < turns; turn++) {
      axes.forEach((axis, number) => {
        const next = new Float64Array(d);
        for (let row = 0; row < n; row++) {
          const share = along(row, axis);
          for (let k = 0, at = row * d; k < d; k++, at++) next[k] += share * (units[at] - centre[k]);
        }
        if (number) Live.remove(next, axes[0]);
        const length = Math.hypot(...next);
        if (length > 0) axes[number] = next.map((value) => value / length);
      });
    }
    const { xy } = this;
    let largest = 0;
    for (let row = 0; row < this.words.length; row++)
      for (const axis of [0, 1]) {
        const value = d > axis ? along(row, axes[axis]) : 0; // vectors of one number: a line
        xy[2 * row + axis] = value;
        largest = Math.max(largest, Math.abs(value));
      }
    for (let k = 0; k < xy.length; k++) xy[k] /= largest || 1;
  }

  /* Take out of a vector its part along a direction of length 1. */
  static remove(vector, direction) {
    const share = vector.reduce((sum, value, k) => sum + value * direction[k], 0);
    direction.forEach((value, k) => (vector[k] -= share * value));
  }

  /* Files that `w2v nn` and other programs read: word2vec's text and binary forms. */
  file(binary) {
    const { training, words } = this;
    const head = `${words.length} ${this.size}\n`;
    const parts = [head];
    words.forEach((word, row) => {
      const values = Float32Array.from(training.row("in", row));
      if (binary) parts.push(`${word} `, values, "\n");
      else parts.push(`${word} ${Array.from(values, (x) => Number(x.toPrecision(9))).join(" ")}\n`);
    });
    return new Blob(parts);
  }
}
