/* The page around the tabs: which one is shown, keys, files that are dropped. */

const tabs = {
  names: ["words", "network"],

  show(name) {
    this.shown = name;
    for (const other of this.names) {
      $(other).hidden = other !== name;
      $(`tab-${other}`).setAttribute("aria-selected", other === name);
      $(`tab-${other}`).tabIndex = other === name ? 0 : -1;
    }
    if (name !== "words") page.running && page.toggle();
    if (name !== "network") lab.running && lab.toggle();
    writeAddress(name === "words" ? "" : name);
    lab.draw();
  },
};
for (const name of tabs.names) $(`tab-${name}`).addEventListener("click", () => tabs.show(name));
document.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  const name = tabs.names.find((other) => other !== tabs.shown);
  tabs.show(name);
  $(`tab-${name}`).focus();
});
addEventListener("hashchange", () => tabs.show(location.hash === "#network" ? "network" : "words"));

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
lab.start();
tabs.show(location.hash === "#network" ? "network" : "words");
document.documentElement.dataset.ready = Math.round(performance.now());
