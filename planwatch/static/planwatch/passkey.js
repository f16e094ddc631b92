// A form with data-passkey asks the browser for a passkey when it is sent, but for a button with data-unsigned; a hidden one
// stays so without passkeys.
for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  const options = JSON.parse(document.getElementById(form.dataset.options).textContent);
  const { credential } = form.elements;
  let asked = false;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (asked || "unsigned" in button.dataset) return;
    event.preventDefault();
    try {
      credential.value = JSON.stringify(await window.webauthnJSON[form.dataset.passkey](options));
      asked = true;
      form.requestSubmit(button);
    } catch {
      form.querySelector("[role=alert]").hidden = false;
    }
  });
}
