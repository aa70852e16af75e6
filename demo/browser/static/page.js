// Puts what is new in the place of what was there. Without this script, Refresh and every button do the same.
"use strict";

const PACE = 1000; // milliseconds
const PATIENCE = 30000;
const sent = new Map(); // what the server sent last, by region: what a person typed or opened is no change
let version = document.body.dataset.version;
let before = null; // what had the focus before a dialog came
let followed = 0; // until when what comes is an answer to what was done here, and is brought into sight

document.documentElement.classList.add("scripted");
remember(document);
greet();

function remember(page) {
  for (const region of page.querySelectorAll("[data-live], [data-keyed] > *")) sent.set(region.id, region.outerHTML);
}

async function show(response) {
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const here = new URL(response.url);
  if (!response.ok || here.pathname !== location.pathname) return location.assign(here);
  if (here.search !== location.search) history.replaceState(null, "", here);
  const hadDialog = Boolean(document.querySelector("dialog"));
  for (const region of page.querySelectorAll("[data-live]")) {
    const old = document.getElementById(region.id);
    if (region.outerHTML === sent.get(region.id)) continue;
    sent.set(region.id, region.outerHTML);
    if ("keyed" in region.dataset) renew(old, region);
    else replace(old, region);
  }
  document.getElementById("frame").inert = page.getElementById("frame").inert;
  version = page.body.dataset.version;
  if (!hadDialog) before = document.activeElement;
  const dialog = document.querySelector("dialog");
  if (dialog && !dialog.contains(document.activeElement)) greet();
  else if (!dialog && hadDialog && before) before.focus();
}

function renew(list, fresh) {
  const wanted = [...fresh.children];
  const kept = new Set(wanted.map((child) => child.id));
  for (const child of [...list.children]) if (!kept.has(child.id)) child.remove();
  wanted.forEach((child, place) => {
    const old = document.getElementById(child.id);
    if (old && sent.get(child.id) === child.outerHTML) return;
    sent.set(child.id, child.outerHTML);
    if (old) replace(old, child);
    else list.insertBefore(document.importNode(child, true), list.children[place] ?? null);
    if (!old && Date.now() < followed) list.lastElementChild.scrollIntoView({ block: "end" });
  });
}

// The focus stays on what it was on, or near it where that is gone.
function replace(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const copy = document.importNode(fresh, true);
  old.replaceWith(copy);
  if (!focused) return;
  const usable = [...copy.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, [tabindex]")];
  const same = (each) => (focused.id && each.id === focused.id) || (each.name && each.name === focused.name && each.value === focused.value);
  (usable.find(same) ?? usable[0])?.focus({ preventScroll: true });
}

function greet() {
  const dialog = document.querySelector("dialog");
  const first = dialog?.querySelector("[autofocus]") ?? dialog?.querySelector(":is(input:not([type=hidden]), select, textarea, button, a.button):not(.go)");
  first?.focus();
}

async function look() {
  try {
    const now = await (await fetch("/version")).text();
    if (now !== version) await show(await fetch(location.href));
  } catch {
    // the demo has ended, or is not back yet
  }
  setTimeout(look, PACE);
}
setTimeout(look, PACE);

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const by = event.submitter;
  const to = new URL(by?.getAttribute("formaction") ?? form.action, location.href);
  if (to.pathname.replace(/\/[^/]+$/, "") !== location.pathname) return; // it leads elsewhere
  event.preventDefault();
  const fields = new URLSearchParams(new FormData(form, by));
  if (form.classList.contains("composer")) form.reset();
  followed = Date.now() + PATIENCE;
  await show(await fetch(to, { method: "POST", body: fields }));
});

document.addEventListener("click", async (event) => {
  const way = event.target.closest("dialog a.cancel");
  if (!way) return;
  event.preventDefault();
  await show(await fetch(way.href));
});

document.addEventListener("change", (event) => {
  event.target.closest(".tells")?.querySelector(".go").click();
});

document.addEventListener("input", async (event) => {
  const field = event.target;
  if (!("search" in field.dataset)) return;
  const [block] = JSON.parse(field.name);
  const who = location.pathname.split("/")[1];
  const words = field.value;
  const offered = await (await fetch(`/${who}/offered/${encodeURIComponent(block)}?words=${encodeURIComponent(words)}`)).json();
  if (field.value === words) field.list.replaceChildren(...offered.map((each) => new Option(each, each)));
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelector("dialog .cancel")?.click();
});
