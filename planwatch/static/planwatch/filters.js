// While filters answer at once, the parts of the panel that a reader has opened stay open.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  for (const open of event.detail.target.querySelectorAll("details[open][id]")) {
    event.detail.fragment.querySelector(`#${open.id}`)?.setAttribute("open", "");
  }
});
