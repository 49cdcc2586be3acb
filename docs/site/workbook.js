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

// An exercise whose answer is a number or a choice can be tried here: the page knows digests of what is right.
(() => {
  if (!crypto.subtle) return; // not offered over plain HTTP
  const digest = async (text) => {
    const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
    return [...bytes.slice(0, 8)].map((one) => one.toString(16).padStart(2, "0")).join("");
  };

  const read = (field) => {
    const text = field.value.trim();
    if (field.tagName === "SELECT" || text === "") return text;
    return Number(text.replace(",", ".")).toFixed(4);
  };

  const judge = async (form) => {
    const fields = [...form.querySelectorAll("select, input")];
    const answers = fields.map(read);
    const open = answers.filter((answer) => answer === "").length;
    if (open) return ["open", `Not answered yet: ${open} of ${fields.length}.`];
    if (answers.includes("NaN")) return ["wrong", "Give a number, such as 0.25."];
    const found = await Promise.all(answers.map((answer, i) => digest(`${form.dataset.salt}/${i}/${answer}`)));
    const amiss = fields.filter((field, i) => !field.dataset.right.split(" ").includes(found[i]));
    if (!amiss.length) return ["right", "✔ Right. Why, the check says below."];
    if (fields.length === 1) return ["wrong", "✘ Not right yet."];
    const count = fields.length - amiss.length;
    return ["wrong", `✘ ${count} of ${fields.length} are right. Look again at: ${amiss[0].labels[0].textContent}`];
  };

  for (const form of document.querySelectorAll(".wb-try")) {
    const said = form.querySelector(".wb-said");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      [form.dataset.state, said.textContent] = await judge(form);
    });
    form.addEventListener("input", () => {
      delete form.dataset.state;
      said.textContent = "";
    });
    form.hidden = false;
  }
})();
