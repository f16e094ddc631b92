// Buttons that only a script can keep: print this page, copy a list. Without it they stay hidden.
for (const button of document.querySelectorAll("[data-print], [data-copy]")) {
  button.closest("[hidden]").hidden = false;
  button.addEventListener("click", async () => {
    if ("print" in button.dataset) return print();
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).innerText);
    button.textContent = button.dataset.done;
  });
}
