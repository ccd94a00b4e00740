// The console of a steward: who may see what, a form that makes one rule, revoking, and the history.
// The token stays in its field, in memory: it is never stored and never in an address.

import { HUB, at, begins, fill, grouped, sentence, timeliness, told, who } from "./rules.js";

const root = document.getElementById("console");
const say = JSON.parse(root.dataset.texts);
const part = (name) => root.querySelector(`[data-part="${name}"]`);
const input = (id) => document.getElementById(id);
const ENDPOINT = root.dataset.endpoint;
const PAGE = 200; // rules in one answer
const RULE = "id kind assigner assignee action type fields purpose validFrom validUntil basisVi basisEn under fromEpoch toEpoch records { path field values within } masks { field mask }";
const RULES = `query ($after: ID) { permissions(after: $after) { ${RULE} } }`;
const HISTORY = `query ($since: Int!) { permissionHistory(sinceEpoch: $since) { ${RULE} } }`;
const NAMES = '{ agencies(first: 100) { nodes { code name } } areas(where: {level: {eq: PROVINCE}, validTo: {isNull: true}}, orderBy: [{name: ASC}], first: 100) { nodes { id name } } }';
const GRANT = "mutation ($input: PermissionInput!) { grantPermission(input: $input) { epoch inForceSince } }";
const PROHIBIT = "mutation ($input: ProhibitionInput!) { prohibit(input: $input) { epoch inForceSince } }";
const REVOKE = "mutation ($id: ID!) { revokePermission(id: $id) { epoch inForceSince ended } }";
const types = readTypes();
const names = { agencies: new Map(), areas: new Map() };
const words = { say, types, names };

for (const hidden of root.querySelectorAll("[data-scripted]")) hidden.hidden = false;

// What the model declares, as the form has it.
function readTypes() {
  const found = new Map();
  for (const set of root.querySelectorAll("fieldset[data-type]")) {
    const parts = new Map();
    for (const box of set.querySelectorAll("input[type=checkbox]")) {
      const masks = set.querySelector(`[data-mask="${box.value}"]`);
      const shown = masks ? [...masks.options].filter((each) => each.value).map((each) => [each.value, each.text]) : [];
      parts.set(box.value, { label: box.dataset.label, level: box.dataset.level, target: box.dataset.target, masks: new Map(shown) });
    }
    found.set(set.dataset.type, { label: set.dataset.label, parts, set });
  }
  return found;
}

function made(tag, text, className = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = className;
  return element;
}

// Asking the hub; what it refuses is a list of messages in the page's language.

class Refused extends Error {
  constructor(messages) { super(messages.join("; ")); this.messages = messages; }
}

async function post(query, variables = {}) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const given = part("token").value.trim().replace(/^Bearer\s+/i, "");
  if (given) headers.Authorization = `Bearer ${given}`;
  let answer;
  let body;
  try {
    answer = await fetch(ENDPOINT, { method: "POST", headers, body: JSON.stringify({ query, variables }), credentials: "omit" });
  } catch {
    throw new Refused([say.unreachable]);
  }
  try { body = await answer.json(); } catch { throw new Refused([fill(say.status, answer.status)]); }
  if (body.errors) throw new Refused(body.errors.map((error) => error.extensions?.[document.documentElement.lang] || error.message));
  return body.data;
}

function showErrors(box, list, items) {
  part(list).replaceChildren(...items.map((item) => { const line = document.createElement("li"); line.append(item); return line; }));
  part(box).hidden = items.length === 0;
  if (items.length) part(box).focus();
}

function refused(error, box, list) {
  if (!(error instanceof Refused)) throw error;
  showErrors(box, list, error.messages);
}

function tell(text) {
  part("status").textContent = text;
  part("status").focus();
}

// The rules

async function every(query, field, from, next) {
  const found = new Map();
  for (let variables = from; ;) {
    const page = (await post(query, variables))[field];
    const before = found.size;
    for (const rule of page) found.set(`${rule.id}@${rule.fromEpoch}`, rule);
    if (page.length < PAGE || found.size === before) return [...found.values()];
    variables = next(page.at(-1));
  }
}

async function learnNames() {
  const said = await post(NAMES);
  names.agencies = new Map(said.agencies.nodes.map((each) => [each.code, each.name]));
  names.areas = new Map(said.areas.nodes.map((each) => [each.id, each.name]));
  input("agencies").replaceChildren(...said.agencies.nodes.map((each) => new Option(each.name, each.code)));
  const chosen = input("area").value;
  input("area").replaceChildren(input("area").options[0], ...said.areas.nodes.map((each) => new Option(each.name, each.id)));
  input("area").value = chosen;
}

async function load() {
  const [rules, history] = await Promise.all([
    every(RULES, "permissions", {}, (last) => ({ after: last.id })),
    every(HISTORY, "permissionHistory", { since: 0 }, (last) => ({ since: last.fromEpoch })),
    learnNames(),
  ]);
  const mine = new Set(history.filter((rule) => rule.toEpoch === null).map((rule) => rule.id));
  const given = rules.filter((rule) => mine.has(rule.id));
  const others = rules.filter((rule) => !mine.has(rule.id));
  part("given").replaceChildren(...(given.length ? listed(given, true) : [made("p", say.noRules)]));
  part("others").replaceChildren(...listed(others, false));
  part("others-count").textContent = others.length;
  showHistory(history, new Set(rules.map((rule) => rule.id)));
  showPassedOn(others);
  part("work").hidden = false;
  choose();
  return given.length;
}

const listed = (rules, revocable) => grouped(rules).flatMap(([assignee, group]) => {
  const list = made("ul", "", "rules");
  list.append(...group.map((rule) => shown(rule, revocable)));
  return [made("h3", who(assignee, words)), list];
});

// Whether it was given under a permission that an agency gave, not under one of the first.
const passedOn = (rule) => rule.under !== null && !rule.under.startsWith("first-start/");

function origin(rule) {
  const by = rule.assigner === HUB ? say.first : fill(say.by, rule.assigner);
  const under = passedOn(rule) ? [fill(say.under, rule.under)] : [];
  return [by, ...under, fill(say.since, rule.fromEpoch), rule.id].join(" · ");
}

function shown(rule, revocable) {
  const item = document.createElement("li");
  const said = made("p", "");
  said.append(...told(rule, words));
  said.id = `rule-${rule.id}`;
  const tags = [timeliness(rule, say), rule.kind === "PROHIBITION" ? [say.prohibitionTag, "closed"] : null];
  for (const [text, look] of tags.filter(Boolean)) said.prepend(made("span", text, `tag ${look}`), " ");
  item.append(said, made("p", origin(rule), "small muted"));
  if (revocable) {
    const button = made("button", say.revoke, "quiet");
    button.type = "button";
    button.setAttribute("aria-describedby", said.id);
    button.addEventListener("click", () => alone(() => revoke(rule)));
    item.append(button);
  }
  return item;
}

async function revoke(rule) {
  if (!(await confirmed(say.revokeTitle, [sentence(rule, words), say.revokeEffect, say.revokeUnder], say.revoke))) return;
  try {
    const done = (await post(REVOKE, { id: rule.id })).revokePermission;
    const ended = done.ended.length === 1 ? done.ended[0] : `${fill(say.revokedRules, done.ended.length)} (${done.ended.join(", ")})`;
    await showDone(fill(say.revoked, ended, done.epoch, at(done.inForceSince, say)));
  } catch (error) {
    refused(error, "errors", "error-list");
  }
}

// A change is done whether or not the rules can be read again after it.
async function showDone(text) {
  showErrors("errors", "error-list", []);
  try {
    await load();
  } catch (error) {
    refused(error, "errors", "error-list");
  }
  tell(text);
}

function showHistory(history, inForce) {
  const newest = [...history].sort((a, b) => Math.max(b.toEpoch ?? 0, b.fromEpoch) - Math.max(a.toEpoch ?? 0, a.fromEpoch));
  part("history").replaceChildren(...newest.map((rule) => {
    const above = passedOn(rule) && !inForce.has(rule.under) ? fill(say.endedUnder, rule.toEpoch, rule.under) : "";
    const state = rule.toEpoch === null ? say.inForce : above || fill(say.endedAt, rule.toEpoch);
    const item = document.createElement("li");
    const said = made("p", "");
    said.append(...told(rule, words));
    item.append(said, made("p", `${origin(rule)} · ${state}`, "small muted"));
    return item;
  }));
  if (!history.length) part("history").append(made("li", say.noHistory));
}

// A confirm step; the promise is of whether it was confirmed.
function confirmed(title, lines, action) {
  const dialog = part("dialog");
  part("dialog-title").textContent = title;
  part("dialog-body").replaceChildren(...lines.map((line, place) => made("p", line, place ? "" : "strong")));
  part("yes").textContent = action;
  dialog.returnValue = "";
  dialog.showModal();
  part("dialog-title").focus();
  return new Promise((done) => { dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }); });
}

part("yes").addEventListener("click", () => part("dialog").close("yes"));
part("no").addEventListener("click", () => part("dialog").close(""));

part("signin").addEventListener("submit", async (event) => {
  event.preventDefault();
  showErrors("errors", "error-list", []);
  part("status").textContent = say.loading;
  try {
    const count = await load();
    tell(fill(say.loaded, at(Date.now(), say), count));
  } catch (error) {
    part("status").textContent = "";
    part("work").hidden = true;
    refused(error, "errors", "error-list");
  }
});

// The form: one form is one rule.

const permits = () => input("kind").value === "permission";
const fields = () => types.get(input("type").value).set;
const chosenBoxes = () => [...fields().querySelectorAll("input[type=checkbox]:checked")];
const values = () => fields().querySelector("[data-values] input").value.split(",").map((each) => each.trim()).filter(Boolean);

// Show what belongs to the choices that were made.
function choose() {
  for (const each of root.querySelectorAll("[data-only]")) each.hidden = each.dataset.only !== input("kind").value;
  for (const { set } of types.values()) set.hidden = set.dataset.type !== input("type").value;
  part("under-field").hidden = !permits() || input("under").options.length < 2;
  const scheme = input("scheme").value;
  for (const each of root.querySelectorAll("[data-for]")) each.hidden = (each.dataset.for === "role") !== (scheme === "role") || scheme === "anyone";
  if (scheme === "agency") input("name").setAttribute("list", "agencies"); else input("name").removeAttribute("list");
  const set = fields();
  const where = set.querySelector("[data-where]");
  set.querySelector("[data-values]").hidden = !where.value;
  const codes = where.selectedOptions[0].dataset.codes;
  set.querySelector("p[data-codes]").textContent = codes ? fill(say.codes, codes) : "";
  for (const list of set.querySelectorAll(".choices")) list.hidden = !permits() && input("whole").checked;
  part("area-field").hidden = set.dataset.area === undefined;
  part("preview").textContent = sentence(draft(), words);
}

// Permissions to grant that others gave this agency, which it may pass on.
function showPassedOn(others) {
  const received = others.filter((rule) => rule.action === "GRANT" && rule.kind === "PERMISSION" && rule.assigner !== HUB);
  input("under").replaceChildren(new Option(say.ownRecords, ""), ...received.map((rule) => new Option(`${rule.assigner}: ${rule.type} (${rule.id})`, rule.id)));
}

function records() {
  const found = [];
  const field = fields().querySelector("[data-where]").value;
  if (field) found.push({ path: [], field, values: values(), within: false });
  if (fields().dataset.area !== undefined && input("area").value) {
    found.push({ path: fields().dataset.area.split(" ").filter(Boolean), field: "id", values: [input("area").value], within: true });
  }
  return found;
}

// The rule as the form says it.
function draft() {
  const scheme = input("scheme").value;
  const name = scheme === "role" ? input("role").value : input("name").value.trim();
  const chosen = chosenBoxes();
  const masks = chosen.map((box) => ({ field: box.value, mask: fields().querySelector(`[data-mask="${box.value}"]`)?.value }));
  return {
    kind: input("kind").value.toUpperCase(),
    assignee: scheme === "anyone" ? scheme : `${scheme}:${name}`,
    action: input("action").value,
    type: input("type").value,
    fields: !permits() && input("whole").checked ? null : chosen.map((box) => box.value),
    records: records(),
    masks: permits() ? masks.filter(({ mask }) => mask) : [],
    purpose: input("purpose").value.trim() || null,
    validFrom: input("from").value ? begins(input("from").value) : null,
    validUntil: input("until").value ? begins(input("until").value, 1) : null,
    basisVi: input("basis").value.trim(),
    basisEn: input("basis-en").value.trim(),
    under: permits() && input("under").value ? input("under").value : null,
  };
}

// What is missing, each with the control that mends it.
function missing(rule) {
  const found = [];
  const boxes = fields().querySelector("input[type=checkbox]");
  const ended = rule.validUntil && Date.parse(rule.validUntil);
  if (rule.assignee.endsWith(":")) found.push([say.needWho, input("name")]);
  if (rule.action === "DISTRIBUTE" && rule.assignee !== "anyone") found.push([say.needAnyone, input("scheme")]);
  if (rule.fields && !rule.fields.length) found.push([say.needFields, boxes]);
  if (rule.records.some((one) => !one.values.length)) found.push([say.needValues, fields().querySelector("[data-values] input")]);
  if (permits() && !rule.validUntil) found.push([say.needUntil, input("until")]);
  else if (ended && ended <= Date.now()) found.push([say.needPast, input("until")]);
  else if (ended && rule.validFrom && ended <= Date.parse(rule.validFrom)) found.push([say.needOrder, input("until")]);
  if (!rule.basisVi) found.push([say.needBasis, input("basis")]);
  return found;
}

function showMissing(found) {
  for (const each of part("form").querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
  showErrors("form-errors", "form-error-list", found.map(([text, control]) => {
    control.setAttribute("aria-invalid", "true");
    const link = made("a", text);
    link.href = `#${control.id}`;
    link.addEventListener("click", (event) => { event.preventDefault(); control.focus(); });
    return link;
  }));
}

// What to know before saving, besides the sentence itself.
function consequences(rule) {
  const lines = [sentence(rule, words), rule.under ? say.passedOn : say.own];
  if (!permits()) lines.push(say.beats);
  if (permits()) {
    const masked = new Set(rule.masks.map(({ field }) => field));
    const bare = rule.fields.filter((name) => !masked.has(name)).map((name) => types.get(rule.type).parts.get(name)).filter(({ level }) => level === "personal");
    if (bare.length) lines.push(fill(say.personal, bare.map((each) => `“${each.label}”`).join(", ")));
    if (rule.assignee === "anyone") lines.push(say.toAnyone);
    lines.push(say.newFields);
  }
  if (rule.purpose) lines.push(say.purposeHow);
  return lines;
}

// One change at a time: what is pressed while one is on its way asks for no second.
async function alone(work) {
  if (root.hasAttribute("aria-busy")) return;
  root.setAttribute("aria-busy", "true");
  try { await work(); } finally { root.removeAttribute("aria-busy"); }
}

async function save(rule) {
  const { kind, assignee, masks, under, ...rest } = rule;
  const asked = { ...rest, to: assignee, ...(permits() ? { masks, under } : {}) };
  const [text, field, title, action] = permits() ? [GRANT, "grantPermission", say.giveTitle, say.give] : [PROHIBIT, "prohibit", say.closeTitle, say.close];
  if (!(await confirmed(title, consequences(rule), action))) return;
  try {
    const done = (await post(text, { input: asked }))[field];
    part("form").reset();
    choose();
    await showDone(fill(say.given, done.epoch, at(done.inForceSince, say)));
  } catch (error) {
    refused(error, "form-errors", "form-error-list");
  }
}

part("form").addEventListener("input", choose);
part("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const rule = draft();
  const found = missing(rule);
  showMissing(found);
  if (!found.length) alone(() => save(rule));
});
