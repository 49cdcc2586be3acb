"use strict";
// A slider turns the whole notebook: each cell that comes out otherwise shows its output at the chosen value.
(() => {
  const panel = document.querySelector(".wb-sliders");
  if (!panel) return;
  const places = new Map([...document.querySelectorAll(".wb-cell")].map((cell) => [cell.dataset.cell, cell]));
  const committed = new Map([...places].map(([id, cell]) => [id, cell.innerHTML]));
  const sliders = [...panel.querySelectorAll("input")];
  const told = panel.querySelector(".wb-told");
  const shown = new Map(); // the cells that do not show what is committed
  let turn = 0;

  const load = (slider) =>
    (slider.loaded ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = slider.dataset.source;
      script.onload = () => resolve(window.workbookMoved[slider.dataset.name]);
      script.onerror = reject;
      document.head.append(script);
    }));

  const show = (id, html) => {
    const cell = places.get(id);
    const open = [...cell.querySelectorAll("details")].map((one) => one.open);
    cell.innerHTML = html;
    cell.querySelectorAll("details").forEach((one, i) => (one.open = open[i] ?? false));
  };

  const failing = () => {
    const claims = [...document.querySelectorAll(".wb-claim")];
    const failed = claims.filter((claim) => claim.dataset.holds === "false");
    failed.forEach((claim, i) => (claim.id = `wb-failed-${i}`));
    const links = failed.map((claim, i) => ` <a href="#${claim.id}">${i + 1}</a>`);
    const said = `${claims.length - failed.length} of ${claims.length} claims hold`;
    return failed.length ? `${said}. Those that fail:${links}` : said;
  };

  const tell = () => {
    const many = shown.size === 1 ? "1 result has changed and is framed" : `${shown.size} results have changed and are framed`;
    told.innerHTML = `${shown.size ? many : "The notebook's own values"}: ${failing()}.`;
  };

  const write = (slider) => {
    const value = slider.dataset.values.split(" ")[slider.value];
    const output = slider.nextElementSibling;
    output.value = value;
    slider.setAttribute("aria-valuetext", value);
  };

  const move = async (slider) => {
    for (const other of sliders) {
      if (other !== slider) other.value = other.dataset.default; // only one parameter is moved at a time
      write(other);
    }
    const mine = (turn += 1);
    const moved = await load(slider);
    if (mine !== turn) return; // another move came meanwhile
    const cells = moved[slider.value];
    for (const id of shown.keys()) if (!(id in cells)) show(id, committed.get(id));
    for (const id of [...shown.keys()]) {
      places.get(id).classList.remove("wb-changed");
      shown.delete(id);
    }
    for (const [id, html] of Object.entries(cells)) {
      if (!places.has(id)) continue;
      show(id, html);
      places.get(id).classList.add("wb-changed");
      shown.set(id, true);
    }
    tell();
  };

  for (const slider of sliders) {
    slider.value = slider.dataset.default; // a browser may remember where it stood
    write(slider);
    slider.addEventListener("input", () => move(slider));
    slider.addEventListener("focus", () => load(slider));
  }
  tell();
  panel.hidden = false;
})();
