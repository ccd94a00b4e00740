// The explorer: worked queries on a click, an editor that knows the schema, results, history, copying.
// A token stays in its field, in memory: it is never stored, never in an address, never in what is copied.

import { INTROSPECTION, completions, schemaOf } from "./language.js";
import { showDocs } from "./docs.js";
import { fillTable } from "./results.js";

const root = document.getElementById("explorer");
const say = JSON.parse(root.dataset.texts);
const part = (name) => root.querySelector(`[data-part="${name}"]`);
const editor = part("query");
const variables = part("variables");
const token = part("token");
const list = part("completions");
const status = part("status");
const ENDPOINT = root.dataset.endpoint;
const STORED = "explorer.history";
const KEPT = 20;
let schema = null;
let shown = [];
let chosen = 0;
let running = null;

for (const hidden of root.querySelectorAll("[data-scripted]")) hidden.hidden = false;

async function post(body, signal) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const given = token.value.trim().replace(/^Bearer\s+/i, "");
  if (given) headers.Authorization = `Bearer ${given}`;
  return fetch(ENDPOINT, { method: "POST", headers, body: JSON.stringify(body), signal, credentials: "omit" });
}

// Running

function variablesGiven() {
  const text = variables.value.trim();
  if (!text) return {};
  const given = JSON.parse(text);
  if (given === null || typeof given !== "object" || Array.isArray(given)) throw new SyntaxError(say.notObject);
  return given;
}

async function run() {
  closeList();
  let given;
  try {
    given = variablesGiven();
  } catch (error) {
    showFailure([{ message: `${say.badVariables} ${error.message}` }]);
    part("options").open = true;
    return;
  }
  if (running) running.abort();
  const own = new AbortController();
  running = own;
  status.textContent = say.running;
  root.setAttribute("aria-busy", "true");
  const start = performance.now();
  try {
    const answer = await post({ query: editor.value, variables: given }, own.signal);
    const text = await answer.text();
    const took = Math.round(performance.now() - start);
    showAnswer(answer, text, took);
    remember();
  } catch (error) {
    if (error.name === "AbortError") return;
    showFailure([{ message: say.unreachable }]);
  } finally {
    if (running === own) { running = null; root.removeAttribute("aria-busy"); }
  }
}

function showAnswer(answer, text, took) {
  let body = null;
  try { body = JSON.parse(text); } catch { /* not JSON: shown as it came */ }
  const size = new Blob([text]).size;
  status.textContent = `${answer.ok && !(body && body.errors) ? say.done : say.doneWithErrors} · HTTP ${answer.status} · ${took.toLocaleString(document.documentElement.lang)} ms · ${size.toLocaleString(document.documentElement.lang)} B`;
  part("json").textContent = body ? JSON.stringify(body, null, 2) : text;
  part("json-section").open = !(body && body.data);
  const rows = fillTable(part("table"), body && body.data, say);
  part("table-section").hidden = rows === 0;
  part("rows").textContent = rows ? `${rows.toLocaleString(document.documentElement.lang)} ${say.rows}` : "";
  if (!rows) part("json-section").open = true;
  const errors = body && Array.isArray(body.errors) ? body.errors : answer.ok ? [] : [{ message: say.status.replace("{}", answer.status) }];
  listErrors(errors);
  part("result").hidden = false;
}

function showFailure(errors) {
  status.textContent = say.failed;
  part("result").hidden = false;
  part("table-section").hidden = true;
  part("json").textContent = "";
  listErrors(errors);
}

// Messages come in both languages where the hub wrote them; the page's own comes first.
function listErrors(errors) {
  const box = part("errors");
  box.hidden = errors.length === 0;
  const items = errors.map((error) => {
    const item = document.createElement("li");
    const extensions = error.extensions || {};
    const vietnamese = document.documentElement.lang === "vi";
    const own = (vietnamese ? extensions.vi || (extensions.messages || {}).vi : extensions.en || (extensions.messages || {}).en) || error.message;
    item.append(own);
    if (own !== error.message) item.append(document.createElement("br"), small(error.message));
    const place = [];
    if (extensions.code) place.push(extensions.code);
    for (const at of error.locations || []) place.push(`${say.line} ${at.line}, ${say.column} ${at.column}`);
    if (error.path) place.push(error.path.join("."));
    if (place.length) item.append(document.createElement("br"), small(place.join(" · ")));
    return item;
  });
  part("error-list").replaceChildren(...items);
}

function small(text) {
  const made = document.createElement("small");
  made.textContent = text;
  return made;
}

// Worked queries

for (const button of root.querySelectorAll("[data-run]")) {
  button.addEventListener("click", () => {
    const item = button.closest("[data-example]");
    editor.value = item.querySelector("code").textContent;
    variables.value = "";
    part("title").textContent = item.querySelector("h3").textContent;
    part("workbench").scrollIntoView({ block: "start" });
    run();
  });
}

// History: queries and variables only

function history() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORED) || "[]");
    return Array.isArray(kept) ? kept.filter((each) => each && typeof each.query === "string") : [];
  } catch { return []; }
}

function remember() {
  const own = { query: editor.value, variables: variables.value };
  const kept = history().filter((each) => each.query !== own.query || each.variables !== own.variables);
  try { localStorage.setItem(STORED, JSON.stringify([own, ...kept].slice(0, KEPT))); } catch { /* no room, or not allowed: no history */ }
  showHistory();
}

function showHistory() {
  const kept = history();
  part("history").replaceChildren(...kept.map((each) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "entry";
    button.textContent = each.query.replace(/\s+/g, " ").slice(0, 90);
    button.addEventListener("click", () => {
      editor.value = each.query;
      variables.value = each.variables || "";
      part("title").textContent = say.own;
      editor.focus();
    });
    item.append(button);
    return item;
  }));
  part("no-history").hidden = kept.length > 0;
  part("forget").hidden = kept.length === 0;
}

part("forget").addEventListener("click", () => { localStorage.removeItem(STORED); showHistory(); });

// Copying; a place is left where a token goes

function code(kind) {
  let given = {};
  try { given = variablesGiven(); } catch { /* copied without the variables that are not JSON */ }
  const url = new URL(ENDPOINT, location.href).href;
  const body = { query: editor.value, variables: given };
  const signed = token.value.trim() !== "";
  if (kind === "curl") {
    const quoted = JSON.stringify(body).replaceAll("'", "'\\''");
    return `curl -sS '${url}' -H 'Content-Type: application/json'${signed ? ' -H "Authorization: Bearer $TOKEN"' : ""} -d '${quoted}'\n`;
  }
  if (kind === "Python") {
    const headers = signed ? ',\n    headers={"Authorization": f"Bearer {os.environ[\'TOKEN\']}"}' : "";
    return `${signed ? "import os\n\n" : ""}import httpx\n\nquery = ${pythonText(editor.value)}\nanswer = httpx.post(\n    "${url}",\n    json={"query": query, "variables": ${pythonValue(given)}}${headers},\n)\nprint(answer.json())\n`;
  }
  const headers = signed ? ', Authorization: `Bearer ${process.env.TOKEN}`' : "";
  return `const answer = await fetch(${JSON.stringify(url)}, {\n  method: "POST",\n  headers: { "Content-Type": "application/json"${headers} },\n  body: JSON.stringify(${JSON.stringify(body, null, 2)}),\n});\nconsole.log(await answer.json());\n`;
}

const pythonText = (text) => `"""${text.replaceAll("\\", "\\\\").replaceAll('"""', '\\"\\"\\"')}"""`;

function pythonValue(value) {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map(pythonValue).join(", ")}]`;
  if (typeof value === "object") return `{${Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${pythonValue(each)}`).join(", ")}}`;
  return JSON.stringify(value);
}

for (const button of root.querySelectorAll("[data-copy-as]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code(button.dataset.copyAs));
    status.textContent = `${say.copied} ${button.dataset.copyAs}`;
  });
}

// Completion

function complete(asked) {
  if (!schema || editor.selectionStart !== editor.selectionEnd) { closeList(); return; }
  const found = completions(editor.value, editor.selectionStart, schema);
  if (!asked && !found.prefix) { closeList(); return; }
  shown = found.items.slice(0, 30);
  if (!shown.length || (!asked && shown.length === 1 && shown[0].label === found.prefix)) { closeList(); return; }
  chosen = 0;
  list.replaceChildren(...shown.map((each, place) => {
    const item = document.createElement("li");
    item.id = `completion-${place}`;
    item.setAttribute("role", "option");
    const name = document.createElement("b");
    name.textContent = each.label;
    item.append(name, small(each.detail));
    item.title = each.description;
    item.addEventListener("mousedown", (event) => { event.preventDefault(); accept(place); });
    return item;
  }));
  list.hidden = false;
  editor.setAttribute("aria-expanded", "true");
  place();
  mark();
}

function place() {
  const before = editor.value.slice(0, editor.selectionStart);
  const row = before.split("\n").length;
  const column = before.length - before.lastIndexOf("\n") - 1;
  const style = getComputedStyle(editor);
  const line = parseFloat(style.lineHeight);
  const letter = parseFloat(style.fontSize) * 0.602;
  const top = parseFloat(style.paddingTop) + row * line - editor.scrollTop + 4;
  const left = parseFloat(style.paddingLeft) + column * letter - editor.scrollLeft;
  list.style.top = `${Math.min(Math.max(top, 0), editor.clientHeight)}px`;
  list.style.left = `${Math.max(0, Math.min(left, editor.clientWidth - list.offsetWidth))}px`;
}

function mark() {
  Array.from(list.children).forEach((item, at) => item.setAttribute("aria-selected", String(at === chosen)));
  editor.setAttribute("aria-activedescendant", `completion-${chosen}`);
  list.children[chosen].scrollIntoView({ block: "nearest" });
  part("hint").textContent = shown[chosen].description;
}

function closeList() {
  list.hidden = true;
  list.replaceChildren();
  shown = [];
  editor.setAttribute("aria-expanded", "false");
  editor.removeAttribute("aria-activedescendant");
  part("hint").textContent = "";
}

function accept(at) {
  const prefix = /[_A-Za-z][_0-9A-Za-z]*$/.exec(editor.value.slice(0, editor.selectionStart));
  insert(shown[at].insert, prefix ? prefix[0].length : 0);
  closeList();
}

function insert(text, replaced) {
  const start = editor.selectionStart - replaced;
  const cursor = text.indexOf("|");
  const plain = text.replace("|", "");
  editor.focus();
  editor.setSelectionRange(start, editor.selectionEnd);
  // The old command keeps the browser's undo; where it is gone the text is set without.
  if (!document.execCommand("insertText", false, plain)) editor.setRangeText(plain, start, editor.selectionEnd, "end");
  if (cursor >= 0) editor.setSelectionRange(start + cursor, start + cursor);
}

editor.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") { event.preventDefault(); run(); return; }
  if (event.ctrlKey && (event.key === " " || event.code === "Space")) { event.preventDefault(); complete(true); return; }
  if (list.hidden) return;
  const moves = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in moves) {
    event.preventDefault();
    chosen = (chosen + moves[event.key] + shown.length) % shown.length;
    mark();
  } else if (event.key === "Enter" || event.key === "Tab") { event.preventDefault(); accept(chosen); }
  else if (event.key === "Escape") { event.preventDefault(); closeList(); }
});
editor.addEventListener("input", () => complete(false));
editor.addEventListener("blur", closeList);
editor.addEventListener("scroll", closeList);
part("run").addEventListener("click", run);
root.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && event.target !== editor) { event.preventDefault(); run(); }
});

// Documentation, from the schema itself

async function learn() {
  const place = part("docs");
  try {
    const answer = await (await post({ query: INTROSPECTION })).json();
    schema = schemaOf(answer.data);
    showDocs(place, part("docs-search"), schema, say, (text) => insert(text, 0));
    root.dataset.ready = "true";
  } catch {
    place.textContent = say.noSchema;
  }
}

showHistory();
learn();
