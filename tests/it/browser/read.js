// Reads pages as a browser does, without opening them, and calls back with what in them could run, a
// line each. Arguments: the paths, whether to go there without a session, the callback.
const [paths, isGuest, answer] = arguments;
const mayHold = new Set(["A", "LINK", "FORM", "SCRIPT", "IMG"]);
const forbidden = "iframe, object, embed, base, frame, applet, style, meta[http-equiv], [srcdoc], [formaction], script:not([src])";
const outline = (element) => element.outerHTML.slice(0, 120);

const faultsOf = (text) => {
  const faults = [];
  const page = new DOMParser().parseFromString(text, "text/html");
  for (const element of page.querySelectorAll(forbidden)) faults.push(`it holds ${outline(element)}`);
  for (const element of page.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      const scheme = value.replace(/[\u0000-\u0020]/g, "").split(":")[0].toLowerCase();
      const isTarget = ["href", "src", "action", "xlink:href", "data", "poster"].includes(name);
      if (name.startsWith("on") || name === "style") faults.push(`${name} on ${outline(element)}`);
      if (isTarget && ["javascript", "data", "vbscript"].includes(scheme)) faults.push(`${name}=${value}`);
    }
    if (element.src && !mayHold.has(element.tagName)) faults.push(`src on ${outline(element)}`);
  }
  for (const script of page.querySelectorAll("script[src]")) {
    if (!/^\/assets\//.test(script.getAttribute("src"))) faults.push(`a script from ${script.getAttribute("src")}`);
  }
  return faults;
};

(async () => {
  const faults = [];
  for (const path of paths) {
    const response = await fetch(path, { credentials: isGuest ? "omit" : "same-origin", headers: { accept: "text/html" } });
    const policy = response.headers.get("content-security-policy") || "";
    if (!policy.startsWith("default-src 'none'") || policy.includes("unsafe")) faults.push(`${path}: the policy is "${policy}"`);
    if (response.status >= 500) faults.push(`${path}: ${response.status}`);
    faults.push(...faultsOf(await response.text()).map((line) => `${path}: ${line}`));
  }
  answer(faults);
})().catch((error) => answer([String(error)]));
