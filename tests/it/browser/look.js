// The body of a function that returns what is wrong with the page it runs in, a line each.
const faults = [];
const fault = (text) => faults.push(text);
const named = (element) => {
  const attribute = (name) => (element.hasAttribute(name) ? `[${name}="${element.getAttribute(name)}"]` : "");
  const text = (element.textContent || "").trim().replace(/\s+/g, " ").slice(0, 40);
  return `<${element.localName}${element.id ? "#" + element.id : ""}${attribute("class")}${attribute("name")}> ${text}`;
};

// The document.
if (!document.title.trim()) fault("no title");
if (!document.documentElement.lang) fault("no language");
for (const [tag, count] of [["h1", 1], ["main", 1]]) {
  const found = document.querySelectorAll(tag).length;
  if (found !== count) fault(`${found} <${tag}>`);
}
const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
for (const id of new Set(ids.filter((id, place) => ids.indexOf(id) !== place))) fault(`two elements #${id}`);

// Its width.
const width = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth > width) {
  const wide = [...document.body.querySelectorAll("*")].filter((element) => element.getBoundingClientRect().right > width + 1);
  fault(`scrolls sideways (${document.documentElement.scrollWidth} > ${width}): ${wide.slice(0, 4).map(named).join("; ")}`);
}

// What it weighs, as it was sent.
const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
const bytes = entries.reduce((sum, entry) => sum + entry.encodedBodySize, 0);
if (bytes > 100 * 1024) fault(`weighs ${bytes} bytes`);

// Forms and pictures.
for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
  const isButton = ["submit", "button", "reset", "image"].includes(field.type);
  const isLabelled = field.labels?.length || field.hasAttribute("aria-label") || field.hasAttribute("aria-labelledby");
  if (!isButton && !isLabelled) fault(`no label: ${named(field)} ${field.name}`);
}
for (const image of document.querySelectorAll("img:not([alt])")) fault(`no alt: ${named(image)}`);
for (const image of document.querySelectorAll("svg:not([aria-hidden=true])")) {
  const isNamed = image.hasAttribute("aria-label") || image.hasAttribute("aria-labelledby");
  if (!image.closest("[aria-hidden=true]") && !(image.getAttribute("role") === "img" && isNamed)) {
    fault(`a drawing without role="img" and a name, or aria-hidden: ${named(image)}`);
  }
}
for (const element of document.querySelectorAll("[href], [src], [action], [formaction]")) {
  for (const name of ["href", "src", "action", "formaction"]) {
    const target = element.getAttribute(name);
    // A browser skips blanks and control characters.
    const scheme = target?.replace(/[\u0000-\u0020]/g, "").split(":")[0].toLowerCase();
    if (["javascript", "data", "vbscript"].includes(scheme)) fault(`${name}=${target}: ${named(element)}`);
  }
}

// Contrast (WCAG 2.2, 1.4.3): text against what is painted behind it.
const isSeen = (element) => {
  if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
  const box = element.getBoundingClientRect();
  return box.width > 1 && box.height > 1 && box.right > 0 && box.bottom + scrollY > 0;
};
const judged = new Set();
const judge = (element, paint, text) => {
  const style = getComputedStyle(element);
  const size = parseFloat(style.fontSize);
  const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  const background = behind(element);
  let [r, g, b, a] = colour(paint);
  for (let at = element; at; at = at.parentElement) a *= Number(getComputedStyle(at).opacity);
  const found = contrast(over([r, g, b, a], background), background);
  const least = isLarge ? 3 : 4.5;
  const line = `contrast ${found.toFixed(2)} of ${paint} on rgb(${background.slice(0, 3).map(Math.round)}) below ${least}`;
  if (found < least && !judged.has(line)) {
    judged.add(line);
    fault(`${line}: ${text.trim().slice(0, 40)} in ${named(element)}`);
  }
};
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const element = texts.currentNode.parentElement;
  const text = texts.currentNode.data;
  if (!text.trim() || ["SCRIPT", "STYLE", "NOSCRIPT", "TEMPLATE"].includes(element.tagName)) continue;
  if (element.closest(":disabled, [aria-disabled=true], option") || !isSeen(element)) continue;
  const style = getComputedStyle(element);
  judge(element, element instanceof SVGElement ? style.fill : style.color, text);
}
for (const field of document.querySelectorAll("input, textarea, select")) {
  if (["hidden", "checkbox", "radio", "range", "submit", "button"].includes(field.type) || field.disabled || !isSeen(field)) continue;
  judge(field, getComputedStyle(field).color, field.value || "a value");
  if (field.placeholder) judge(field, getComputedStyle(field, "::placeholder").color, field.placeholder);
}

// Contrast of what is operated (1.4.11), and its size (2.5.8).
for (const field of document.querySelectorAll("input, textarea, select, button, .button")) {
  if (["hidden", "checkbox", "radio", "range", "color", "file"].includes(field.type) || field.disabled || !isSeen(field)) continue;
  const style = getComputedStyle(field);
  const around = behind(field.parentElement);
  const edges = [over(colour(style.backgroundColor), around)];
  if (parseFloat(style.borderTopWidth) > 0 && style.borderTopStyle !== "none") edges.push(over(colour(style.borderTopColor), around));
  // A button may be its words alone.
  const isField = field.localName !== "button" && !field.matches(".button, [type=submit], [type=button]");
  if (isField && Math.max(...edges.map((edge) => contrast(edge, around))) < 3) fault(`the edge of the field does not show: ${named(field)}`);
  const { width: across, height: down } = field.getBoundingClientRect();
  if (across < 24 || down < 24) fault(`small to hit (${Math.round(across)} by ${Math.round(down)}): ${named(field)}`);
}
return faults;
