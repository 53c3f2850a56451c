"use strict";
// Pages work without this: it saves typing.

// A secret in the address's fragment goes into the form, and out of sight.
for (const field of document.querySelectorAll("[data-from-fragment]")) {
  const secret = decodeURIComponent(location.hash.slice(1));
  if (secret && !field.value) {
    field.value = secret;
    history.replaceState(null, "", location.pathname);
    if ("send" in field.dataset) field.form.requestSubmit();
  }
}

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
  });
}
