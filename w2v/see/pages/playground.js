/* The page around the tabs: which one is shown, keys, files that are dropped. */

const tabs = {
  names: ["words", "network"],
  forms: { words: "settings", network: "net-settings" },

  show(name) {
    this.shown = name;
    for (const other of this.names) {
      $(other).hidden = other !== name;
      $(`tab-${other}`).setAttribute("aria-selected", other === name);
      $(`tab-${other}`).tabIndex = other === name ? 0 : -1;
    }
    if (name !== "words") page.running && page.toggle();
    if (name !== "network") lab.running && lab.toggle();
    this.remember();
    lab.draw();
  },

  fields(name) {
    return [...$(this.forms[name]).querySelectorAll("#text, .settings input, .settings select")];
  },

  /* The settings of what is shown stand in the address, so that they can be passed on. */
  remember() {
    const state = new URLSearchParams({ tab: this.shown });
    for (const field of this.fields(this.shown)) state.set(field.id, field.value);
    this.written = writeAddress(state);
  },

  recall() {
    const state = new URLSearchParams(location.hash.slice(1));
    const name = state.get("tab") === "network" ? "network" : "words";
    const text = state.get("text");
    if (name === "words" && page.texts[text]) page.chooseText(Number(text));
    for (const field of this.fields(name)) {
      const before = field.value;
      if (state.has(field.id)) field.value = state.get(field.id);
      if (!field.value && before) field.value = before; // no choice of ours, no number
    }
    this.show(name);
  },
};
for (const name of tabs.names) $(`tab-${name}`).addEventListener("click", () => tabs.show(name));
document.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  const name = tabs.names.find((other) => other !== tabs.shown);
  tabs.show(name);
  $(`tab-${name}`).focus();
});
document.addEventListener("change", () => tabs.remember());
addEventListener("hashchange", () => {
  if (location.hash === tabs.written) return;
  tabs.recall();
  lab.begin();
});

addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dropping");
});
addEventListener("dragleave", (event) => event.relatedTarget || document.body.classList.remove("dropping"));
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  const [file] = event.dataTransfer.files;
  const text = event.dataTransfer.getData("text/plain");
  if (file) (tabs.shown === "network" ? lab : page).open(file);
  else if (text) page.take("dropped", text);
});
addEventListener("keydown", (event) => {
  if (event.key !== "/" || /INPUT|TEXTAREA|SELECT/.test(event.target.tagName)) return;
  event.preventDefault();
  $("search").focus();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  page.pane?.draw();
  page.chart.draw();
  lab.draw();
});
page.start();
tabs.recall();
lab.start();
document.documentElement.dataset.ready = Math.round(performance.now());
