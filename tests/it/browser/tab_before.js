// Notes what a keyboard must reach, and how the focus shows on each thing that it comes to. Returns
// how often Tab is to be pressed.
const named = (element) => {
  const text = (element.textContent || element.value || "").trim().replace(/\s+/g, " ").slice(0, 40);
  return `<${element.localName}${element.id ? "#" + element.id : ""}> ${element.getAttribute("name") || ""} ${text}`;
};
const shows = (element) => {
  const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(element);
  const around = behind(element.parentElement);
  const isStrong = contrast(over(colour(outlineColor), around), around) >= 3;
  const hasOutline = outlineStyle !== "none" && parseFloat(outlineWidth) >= 1 && isStrong;
  return { hasOutline, boxShadow };
};
const wanted = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
const expected = [...document.querySelectorAll(wanted)].filter((element) => {
  if (element.disabled || element.tabIndex < 0 || element.closest("[inert]")) return false;
  // One of a group of radio buttons is reached, and the arrows reach the rest.
  if (element.type === "radio" && !element.checked && document.querySelector(`input[type=radio][name="${element.name}"]:checked`)) return false;
  return element.checkVisibility({ visibilityProperty: true });
});
const before = new Map(expected.map((element) => [element, shows(element)]));
const unseen = [];
const reached = new Set();
addEventListener("focusin", ({ target }) => {
  reached.add(target);
  const around = [target, target.closest("label"), target.nextElementSibling].filter(Boolean);
  const isShown = around.some((element) => {
    const now = shows(element);
    return now.hasOutline || (now.boxShadow !== "none" && now.boxShadow !== before.get(element)?.boxShadow);
  });
  const box = target.getBoundingClientRect();
  const isInSight = box.right > 0 && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight;
  if (!isShown) unseen.push(`the focus does not show on ${named(target)}`);
  if (!isInSight) unseen.push(`the focus is out of sight on ${named(target)}`);
});
window.__tabbed = () => [
  ...unseen,
  ...expected.filter((element) => element.isConnected && !reached.has(element)).map((element) => `Tab does not reach ${named(element)}`),
];
// From the beginning, wherever the page put the focus.
document.body.tabIndex = -1;
document.body.focus({ preventScroll: true });
document.body.removeAttribute("tabindex");
unseen.length = 0;
// A date has a stop for each of its parts, and what scrolls may have one.
const parts = expected.filter((element) => /date|time|month|week/.test(element.type)).length * 8;
const scrolled = document.querySelectorAll(".scroll, [data-chart], pre").length;
return expected.length && expected.length + parts + scrolled;
