// Where the cursor stands in a GraphQL document, and what may be written there. No page, no network: plain functions.

const TOKEN = /"""[\s\S]*?(?:"""|$)|"(?:\\.|[^"\\\n])*"?|#[^\n]*|\.\.\.|[_A-Za-z][_0-9A-Za-z]*|-?\d[\d.eE+-]*|[!$&()[\]{}:=@|]/g;

export const INTROSPECTION = `query Introspection {
  __schema {
    queryType { name } mutationType { name } subscriptionType { name }
    directives { name description args { name description type { ...T } } }
    types {
      kind name description
      fields(includeDeprecated: true) { name description isDeprecated deprecationReason args { name description defaultValue type { ...T } } type { ...T } }
      inputFields { name description defaultValue type { ...T } }
      enumValues(includeDeprecated: true) { name description }
      possibleTypes { name }
    }
  }
}
fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }`;

// The schema with everything by name.
export function schemaOf(introspected) {
  const schema = introspected.__schema;
  const types = new Map();
  for (const type of schema.types) {
    const byName = (list) => new Map((list || []).map((each) => [each.name, each]));
    types.set(type.name, { ...type, fields: byName(type.fields), inputFields: byName(type.inputFields), hasFields: Boolean(type.fields) });
  }
  const roots = { query: schema.queryType, mutation: schema.mutationType, subscription: schema.subscriptionType };
  return {
    types,
    roots: Object.fromEntries(Object.entries(roots).filter(([, root]) => root).map(([name, root]) => [name, root.name])),
    directives: new Map(schema.directives.map((each) => [each.name, each])),
  };
}

// The name inside of lists and non-nulls.
export function namedType(type) {
  let inner = type;
  while (inner && inner.ofType) inner = inner.ofType;
  return inner ? inner.name : "";
}

// A type as it is written: [FarmOrder!]
export function writtenType(type) {
  if (type.kind === "NON_NULL") return `${writtenType(type.ofType)}!`;
  if (type.kind === "LIST") return `[${writtenType(type.ofType)}]`;
  return type.name;
}

function tokens(text) {
  return Array.from(text.matchAll(TOKEN), (found) => ({ text: found[0], at: found.index, end: found.index + found[0].length }))
    .filter((token) => !token.text.startsWith("#"));
}

const isName = (text) => /^[_A-Za-z]/.test(text);

// Steps through the document up to `offset` and says in what the cursor stands.
export function contextAt(text, offset, schema) {
  const partial = /[_A-Za-z][_0-9A-Za-z]*$/.exec(text.slice(0, offset));
  const prefix = partial ? partial[0] : "";
  const before = text.slice(0, offset - prefix.length);
  const last = before.slice(before.lastIndexOf("\n") + 1);
  if (/#/.test(last.replace(/"(?:\\.|[^"\\])*"/g, ""))) return { kind: "none", prefix };
  const stack = [];
  let operation = "query";
  let fragment = "";
  const all = tokens(before);
  const top = () => stack[stack.length - 1];
  const closed = () => { const here = top(); if (here) here.value = false; };
  all.forEach((token, place) => {
    const here = top();
    const word = token.text;
    const previous = place ? all[place - 1].text : "";
    const next = all[place + 1] ? all[place + 1].text : "";
    if (!here) {
      if (word === "{") stack.push({ kind: "selection", type: fragment || schema.roots[operation] || "" });
      else if (word === "(") stack.push({ kind: "variables" });
      else if (["query", "mutation", "subscription"].includes(word)) { operation = word; fragment = ""; }
      else if (previous === "on" && isName(word)) fragment = word;
      return;
    }
    if (here.kind === "selection") {
      if (word === "{") {
        const inner = here.fragment || (here.field ? namedType(here.field.type) : "") || here.type;
        here.fragment = "";
        stack.push({ kind: "selection", type: inner });
      } else if (word === "}") stack.pop();
      else if (word === "(") {
        const args = here.directive ? here.directive.args : here.field ? here.field.args : [];
        stack.push({ kind: "arguments", inputs: new Map(args.map((each) => [each.name, each])), used: new Set() });
      } else if (isName(word)) {
        here.directive = null;
        if (previous === "@") here.directive = schema.directives.get(word) || null;
        else if (previous === "on") here.fragment = word;
        else if (previous !== "..." && word !== "on" && next !== ":") {
          const type = schema.types.get(here.type);
          here.field = type ? type.fields.get(word) : null;
        } else if (word === "on" && previous !== "...") {
          const type = schema.types.get(here.type);
          here.field = type ? type.fields.get(word) : null;
        }
      }
      return;
    }
    if (here.kind === "variables") {
      if (word === ")") stack.pop();
      return;
    }
    // arguments, object, list: names of inputs and their values
    if (word === ":") here.value = true;
    else if (word === "{") {
      const type = schema.types.get(here.current ? namedType(here.current.type) : "");
      stack.push({ kind: "object", inputs: type ? type.inputFields : new Map(), used: new Set() });
    } else if (word === "[") stack.push({ kind: "list", current: here.current, inputs: new Map(), used: new Set(), value: true });
    else if (word === "}" || word === ")" || word === "]") { stack.pop(); if (top() && top().kind !== "selection") closed(); }
    else if (isName(word) && !here.value && next !== "") { here.current = here.inputs.get(word) || null; here.used.add(word); }
    else if (here.kind !== "list" && word !== "$") here.value = isName(word) && !here.value ? here.value : false;
    if (isName(word) && !here.value && next === "" && here.inputs.has(word)) { here.current = here.inputs.get(word); here.used.add(word); }
  });
  const here = top();
  const previous = all.length ? all[all.length - 1].text : "";
  const beforePrevious = all.length > 1 ? all[all.length - 2].text : "";
  if (!here) return { kind: "top", prefix };
  if (here.kind === "variables") return { kind: previous === ":" || previous === "[" ? "inputTypes" : "none", prefix };
  if (here.kind === "selection") {
    if (previous === "...") return { kind: "spread", prefix, type: here.type };
    if (previous === "on" && beforePrevious === "...") return { kind: "fragmentTypes", prefix, type: here.type };
    if (previous === "@") return { kind: "directives", prefix };
    if (previous === "$") return { kind: "none", prefix };
    return { kind: "selection", prefix, type: here.type };
  }
  if (previous === "$") return { kind: "declared", prefix };
  if (here.value) return { kind: "value", prefix, input: here.current };
  return { kind: "inputs", prefix, inputs: here.inputs, used: here.used };
}

// What may be written at the cursor: label, what to insert (| marks where the cursor goes), detail, description.
export function completions(text, offset, schema) {
  const context = contextAt(text, offset, schema);
  const found = candidates(context, text, schema);
  const wanted = context.prefix.toLowerCase();
  const ranked = found
    .map((each) => ({ ...each, rank: each.label.toLowerCase().startsWith(wanted) ? 0 : each.label.toLowerCase().includes(wanted) ? 1 : 2 }))
    .filter((each) => each.rank < 2)
    .sort((a, b) => a.rank - b.rank);
  return { prefix: context.prefix, items: ranked };
}

function candidates(context, text, schema) {
  const plain = (label, detail = "", description = "") => ({ label, insert: label, detail, description });
  const variables = () => Array.from(new Set(Array.from(text.matchAll(/\$([_A-Za-z]\w*)\s*:/g), (found) => found[1])));
  const type = schema.types.get(context.type);
  switch (context.kind) {
    case "top":
      return [...Object.keys(schema.roots), "fragment"].map((each) => plain(each));
    case "selection":
      return type ? [...Array.from(type.fields.values(), fieldItem(schema)), plain("__typename", "String!")] : [];
    case "spread":
      return [{ ...plain("on"), insert: "on " }, ...Array.from(text.matchAll(/fragment\s+(\w+)\s+on/g), (found) => plain(found[1]))];
    case "fragmentTypes":
      return type ? [plain(type.name), ...(type.possibleTypes || []).map((each) => plain(each.name))] : [];
    case "directives":
      return Array.from(schema.directives.values(), (each) => plain(each.name, "", each.description || ""));
    case "inputTypes":
      return Array.from(schema.types.values()).filter((each) => ["INPUT_OBJECT", "ENUM", "SCALAR"].includes(each.kind) && !each.name.startsWith("__"))
        .map((each) => plain(each.name, each.kind.toLowerCase(), each.description || ""));
    case "declared":
      return variables().map((each) => plain(each));
    case "inputs":
      return Array.from(context.inputs.values()).filter((each) => !context.used.has(each.name) || each.name === context.prefix).map(inputItem(schema));
    case "value":
      return values(context.input, schema, plain, variables());
    default:
      return [];
  }
}

function fieldItem(schema) {
  return (field) => {
    const inner = schema.types.get(namedType(field.type));
    return { label: field.name, insert: inner && inner.hasFields ? `${field.name} { | }` : field.name, detail: writtenType(field.type), description: field.description || "" };
  };
}

function inputItem(schema) {
  return (input) => {
    const inner = schema.types.get(namedType(input.type));
    const opens = inner && inner.kind === "INPUT_OBJECT";
    return { label: input.name, insert: opens ? `${input.name}: {|}` : `${input.name}: |`, detail: writtenType(input.type), description: input.description || "" };
  };
}

function values(input, schema, plain, variables) {
  if (!input) return [];
  const type = schema.types.get(namedType(input.type));
  const found = variables.map((each) => plain(`$${each}`));
  if (type && type.kind === "ENUM") found.unshift(...type.enumValues.map((each) => plain(each.name, type.name, each.description || "")));
  if (type && type.name === "Boolean") found.unshift(plain("true"), plain("false"));
  return found;
}
