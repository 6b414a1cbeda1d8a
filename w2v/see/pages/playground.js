/* The page around the tabs: which one is shown, keys, files that are dropped. */

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
  if (file) page.open(file);
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
});
page.start();
document.documentElement.dataset.ready = Math.round(performance.now());
