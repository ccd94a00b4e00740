// The schema as pages to walk: a list of types, and one type at a time; a click on a field writes it into the editor.

import { namedType, writtenType } from "./language.js";

const KINDS = ["OBJECT", "INTERFACE", "UNION", "ENUM", "INPUT_OBJECT", "SCALAR"];

export function showDocs(place, search, schema, say, insert) {
  const open = (name, focus) => {
    place.replaceChildren(...typePage(schema, name, say, insert, open, list));
    if (focus) place.querySelector("h3").focus();
  };
  const list = () => {
    const words = search.value.trim().toLowerCase();
    place.replaceChildren(...(words ? matches(schema, words, say, insert, open) : [start(schema, say, insert, open)]));
  };
  search.addEventListener("input", list);
  list();
}

function made(tag, text = "", style = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (style) element.className = style;
  return element;
}

function press(text, action, style, label) {
  const button = made("button", text, style);
  button.type = "button";
  if (label) button.setAttribute("aria-label", label);
  button.addEventListener("click", action);
  return button;
}

const typeLink = (type, open) => press(writtenType(type), () => open(namedType(type), true), "link");

function start(schema, say, insert, open) {
  const section = made("div");
  section.append(made("h3", say.roots));
  section.append(fieldList(schema.types.get(schema.roots.query), schema, say, insert, open));
  section.append(made("h3", say.types));
  const names = Array.from(schema.types.values())
    .filter((each) => each.kind === "OBJECT" && each.fields.has("id") && !each.name.endsWith("Edge"))
    .map((each) => each.name).sort();
  const items = made("ul", "", "names");
  for (const name of names) {
    const item = made("li");
    item.append(press(name, () => open(name, true), "link"));
    items.append(item);
  }
  section.append(items);
  return section;
}

function fieldList(type, schema, say, insert, open) {
  const items = made("dl", "", "fields");
  for (const field of type.fields.values()) {
    const inner = schema.types.get(namedType(field.type));
    const term = made("dt");
    term.append(press(field.name, () => insert(inner && inner.hasFields ? `${field.name} { | }` : field.name), "entry", `${say.insert} ${field.name}`));
    term.append(typeLink(field.type, open));
    const meaning = made("dd", field.description || "");
    if (field.isDeprecated) meaning.append(made("strong", ` ${say.deprecated} ${field.deprecationReason || ""}`));
    if (field.args.length) {
      const inputs = made("small");
      inputs.append(`${say.arguments}: `);
      field.args.forEach((each, at) => { inputs.append(at ? ", " : "", `${each.name}: `, typeLink(each.type, open)); });
      meaning.append(document.createElement("br"), inputs);
    }
    items.append(term, meaning);
  }
  return items;
}

function typePage(schema, name, say, insert, open, list) {
  const type = schema.types.get(name);
  const title = made("h3", name);
  title.tabIndex = -1;
  const found = [press(`← ${say.back}`, list, "link"), title, made("p", type.description || "")];
  if (type.fields.size) found.push(fieldList(type, schema, say, insert, open));
  if (type.inputFields.size) {
    const items = made("dl", "", "fields");
    for (const input of type.inputFields.values()) {
      const term = made("dt");
      term.append(press(input.name, () => insert(`${input.name}: |`), "entry", `${say.insert} ${input.name}`), typeLink(input.type, open));
      items.append(term, made("dd", input.description || ""));
    }
    found.push(items);
  }
  if (type.enumValues) {
    const items = made("dl", "", "fields");
    for (const value of type.enumValues) {
      const term = made("dt");
      term.append(press(value.name, () => insert(value.name), "entry", `${say.insert} ${value.name}`));
      items.append(term, made("dd", value.description || ""));
    }
    found.push(items);
  }
  if (type.possibleTypes && type.possibleTypes.length) {
    const items = made("ul", "", "names");
    for (const each of type.possibleTypes) {
      const item = made("li");
      item.append(press(each.name, () => open(each.name, true), "link"));
      items.append(item);
    }
    found.push(items);
  }
  return found;
}

const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();

function matches(schema, words, say, insert, open) {
  const wanted = folded(words);
  const found = made("dl", "", "fields");
  let count = 0;
  for (const type of Array.from(schema.types.values()).sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind))) {
    if (type.name.startsWith("__") || count >= 60) continue;
    if (folded(`${type.name} ${type.description || ""}`).includes(wanted)) {
      const term = made("dt");
      term.append(press(type.name, () => open(type.name, true), "link"));
      found.append(term, made("dd", type.description || ""));
      count += 1;
    }
    if (type.kind === "INPUT_OBJECT" || /(Connection|Edge)$/.test(type.name)) continue;
    for (const field of type.fields.values()) {
      if (count >= 60 || !folded(`${field.name} ${field.description || ""}`).includes(wanted)) continue;
      const term = made("dt");
      term.append(press(`${type.name}.${field.name}`, () => open(type.name, true), "link"));
      found.append(term, made("dd", field.description || ""));
      count += 1;
    }
  }
  const heading = made("p", count ? `${count}${count >= 60 ? "+" : ""} ${say.found}` : say.notFound);
  heading.setAttribute("role", "status");
  return [heading, found];
}
