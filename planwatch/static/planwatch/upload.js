// A form with data-parts sends a large file in parts: a line that breaks costs one of them, also if the page is closed
// meanwhile. Without a script, or where a part is refused, the form sends the file whole.
const PART = 192 * 1024;
const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
for (const form of document.querySelectorAll("form[data-parts]")) {
  const { file, sent, sent_name: name, csrfmiddlewaretoken: token } = form.elements;
  const says = form.querySelector("[role=status]");
  const [bar, words] = [says.querySelector("progress"), says.querySelector("span")];
  const sending = words.textContent;
  let isBusy = false;

  const take = async (address, body) => {
    for (let wait = 1; ; wait = Math.min(2 * wait, 30)) {
      try {
        const options = body && { method: "POST", body, headers: { "X-CSRFToken": token.value } };
        const answer = await fetch(address, options);
        words.textContent = sending;
        return answer.ok ? (await answer.json()).size : null;
      } catch (error) {
        if (error instanceof SyntaxError) return null;
        words.textContent = says.dataset.broken;
        await new Promise((resolve) => setTimeout(resolve, 1000 * wait));
      }
    }
  };

  file.addEventListener("change", () => { sent.value = ""; });
  form.addEventListener("submit", async (event) => {
    const chosen = file.files[0];
    if (!chosen || chosen.size <= PART || !window.crypto.subtle) return;
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    says.hidden = false;
    bar.max = chosen.size;
    const digest = hex(await crypto.subtle.digest("SHA-256", await chosen.arrayBuffer()));
    const address = `${form.dataset.parts}?digest=${digest}`;
    let size = await take(address);
    while (size !== null && size < chosen.size) {
      bar.value = size;
      size = await take(`${address}&offset=${size}`, chosen.slice(size, size + PART));
    }
    if (size !== null) {
      [sent.value, name.value, file.disabled] = [digest, chosen.name, true];
    }
    form.submit();
  });
}
