/* One update of a word vector training, with its numbers in the lecture's notation. */

const sigmoid = (z) => 1 / (1 + Math.exp(-z));
const MOST_OUTPUTS = 12; // that are listed
const MOST_NUMBERS = 4; // of a vector

/* h, nets and outputs v of a step, computed in double from the rows before or after it. */
function outputsOf(step, rows, loss) {
  const d = rows.in.get(step.inputs[0]).length;
  const h = new Float64Array(d);
  for (const input of step.inputs)
    rows.in.get(input).forEach((value, k) => (h[k] += value / step.inputs.length));
  const nets = step.outputs.map((row) =>
    rows.out.get(row).reduce((sum, value, k) => sum + value * h[k], 0));
  const top = nets.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = nets.reduce((sum, net) => sum + Math.exp(net - top), 0);
  const v = nets.map((net) => (loss === "softmax" ? Math.exp(net - top) / total : sigmoid(net)));
  const chosen = v.filter((_, j) => step.t[j]);
  const others = v.filter((_, j) => !step.t[j]).map((value) => 1 - value);
  const product = (values) => values.reduce((a, b) => a * b, 1);
  const p = loss === "hs" ? product(chosen) * product(others) : chosen[0];
  const E = loss === "ns" ? -Math.log(product(chosen) * product(others)) : -Math.log(p);
  return { h, nets, v, p, E };
}

/* The parts of an explanation, as elements: what Word2VecStep in training/explain.py prints. */
function explainStep(training, step, alpha) {
  const { loss } = training.settings;
  const name = (row) => training.words[row];
  const output = (row) => (loss === "hs" ? `node ${row}` : name(row));
  const inputs = step.inputs.map(name);
  const given = inputs.length > 4 ? [...inputs.slice(0, 3), "…"].join(" ") : inputs.join(" ");
  const before = outputsOf(step, step.before, loss);
  const after = outputsOf(step, step.after, loss);
  const errors = step.t.map((t, j) => t - before.v[j]);
  const parts = [];
  const add = (title, lines, table) => {
    const heading = document.createElement("h3");
    heading.textContent = title;
    parts.push(heading);
    for (const line of lines) {
      const p = document.createElement("p");
      p.className = "formula";
      p.textContent = line;
      parts.push(p);
    }
    if (table) {
      const box = document.createElement("div");
      box.className = "wide";
      box.append(table);
      parts.push(box);
    }
  };
  const d = before.h.length;
  const numbers = (vector) => Array.from(vector.slice(0, MOST_NUMBERS)).concat(d > MOST_NUMBERS ? ["…"] : []);
  const places = Array.from({ length: Math.min(d, MOST_NUMBERS) }, (_, k) => String(k + 1));
  if (d > MOST_NUMBERS) places.push(`of ${d}`);

  const share = inputs.length > 1 ? `(${inputs.map((word) => `W_U(${word})`).join(" + ")}) / ${inputs.length}` : `W_U(${given})`;
  const rows = inputs.length > 1 ? step.inputs.map((row) => [`W_U(${name(row)})`, ...numbers(step.before.in.get(row))]) : [];
  add("Hidden layer: linear", [`h = ${inputs.length > 4 ? `mean of ${inputs.length} rows of W_U` : share}`],
    numberTable(["", ...places], [...rows, ["h", ...numbers(before.h)]]));

  const all = step.outputs.map((_, j) => j);
  const listed = all.length <= MOST_OUTPUTS ? all
    : all.sort((a, b) => Math.abs(errors[b]) - Math.abs(errors[a])).slice(0, MOST_OUTPUTS);
  const left = step.outputs.length - listed.length;
  const formulas = {
    softmax: ["net_j = W_V(j)·h, v = softmax(net)", `v_j = P(word j | ${given})`],
    ns: ["net_j = W_V(j)·h, v_j = σ(net_j) = P(the pair comes from the text)",
      "t = 1 at the word of the text, 0 at noise words, drawn at random"],
    hs: ["net_j = W_V(j)·h, v_j = σ(net_j) = P(the path goes on with 0)", "t = 1 − code of the Huffman path"],
  }[loss];
  add("Output layer", [...formulas, "error t − v: positive where an output should grow"],
    numberTable([loss === "hs" ? "node" : "word", "t", "net", "v", "t − v"],
      listed.map((j) => [output(step.outputs[j]), step.t[j], before.nets[j], before.v[j], errors[j]])));
  if (left) add("", [`${left.toLocaleString("en")} outputs with smaller errors are left out`]);

  const target = step.target;
  const E = {
    softmax: `E = −ln v(${target}) = ${shown(before.E)} nats`,
    ns: `E = −ln v(${target}) − Σ ln(1 − v) of the noise words = ${shown(before.E)} nats`,
    hs: `E = −ln P(${target} | ${given}) = ${shown(before.E)} nats`,
  }[loss];
  add("Loss", [E, `the kernel's loss, in single precision: ${shown(step.loss)}`]);

  const change = (matrix, row) => step.after[matrix].get(row).map((value, k) => value - step.before[matrix].get(row)[k]);
  const outs = [...new Set(listed.map((j) => step.outputs[j]))];
  add("Change of the output weights", [`ΔW_V(j) = η (t_j − v_j) h, with η = ${alpha}`],
    numberTable(["ΔW_V", ...places], outs.map((row) => [output(row), ...numbers(change("out", row))])));
  const ins = [...new Set(step.inputs)];
  const whole = inputs.length > 1 ? [", to each input word whole, as in word2vec.c"] : [""];
  add("Change of the input weights", [`ΔW_U = η Σ_j (t_j − v_j) W_V(j), at the old weights${whole[0]}`],
    numberTable(["ΔW_U", ...places], ins.map((row) => [name(row), ...numbers(change("in", row))])));
  add("After the step", [], numberTable(["", "before", "after"], [
    [loss === "ns" ? `v(${target})` : `P(${target} | ${given})`, before.p, after.p], ["E", before.E, after.E]]));
  return parts;
}
