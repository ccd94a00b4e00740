// An answer's first list of records as a table: nested records become columns, nested lists become one cell.

const MOST = 100;

export function fillTable(table, data, say) {
  const rows = data ? records(data) : [];
  const columns = [];
  const flat = rows.slice(0, MOST).map((row) => flatten(row, "", {}));
  for (const row of flat) for (const name of Object.keys(row)) if (!columns.includes(name)) columns.push(name);
  // A link that is null in some rows has columns of its own from the others.
  const kept = columns.filter((name) => !columns.some((each) => each.startsWith(`${name}.`) && each !== `${name}.totalCount`));
  columns.splice(0, columns.length, ...kept);
  table.replaceChildren();
  if (!columns.length) return 0;
  const head = table.createTHead().insertRow();
  for (const name of columns) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    head.append(cell);
  }
  const body = table.createTBody();
  for (const row of flat) {
    const line = body.insertRow();
    for (const name of columns) fillCell(line.insertCell(), row[name], say);
  }
  const caption = table.createCaption();
  caption.textContent = rows.length > MOST ? `${say.firstRows} ${MOST} / ${rows.length}` : say.tableCaption;
  return rows.length;
}

function fillCell(cell, value, say) {
  if (value === null || value === undefined) {
    cell.textContent = "–";
    cell.className = "none";
  } else if (typeof value === "number") {
    cell.textContent = value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 6 });
    cell.className = "number";
  } else if (value === "FICTIONAL") {
    const tag = document.createElement("span");
    tag.className = "tag fiction";
    tag.textContent = `${say.fictional} (FICTIONAL)`;
    cell.append(tag);
  } else {
    cell.textContent = String(value);
    if (cell.textContent.length > 30) cell.className = "long";
  }
}

const isRecord = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

const isConnection = (value) => [value.nodes, value.edges, value.aggregate].some(Array.isArray);

function listOf(value) {
  if (Array.isArray(value)) return value.filter(isRecord);
  if (!isRecord(value)) return [];
  if (Array.isArray(value.nodes)) return value.nodes.filter(isRecord);
  if (Array.isArray(value.edges)) return value.edges.filter(isRecord).map((edge) => ({ ...edge.node, ...Object.fromEntries(Object.entries(edge).filter(([name]) => name !== "node" && name !== "cursor")) }));
  if (Array.isArray(value.aggregate)) return value.aggregate.filter(isRecord);
  return [];
}

function records(data) {
  for (const value of Object.values(data)) {
    const found = listOf(value);
    if (found.length) return found;
  }
  return Object.values(data).filter((value) => isRecord(value) && !("pageInfo" in value) && !isConnection(value));
}

function flatten(record, prefix, into) {
  for (const [name, value] of Object.entries(record)) {
    const path = prefix ? `${prefix}.${name}` : name;
    if (Array.isArray(value)) into[path] = value.every((each) => !isRecord(each)) ? value.join("; ") || null : summary(value);
    else if (!isRecord(value)) into[path] = value;
    else if (isConnection(value)) {
      into[path] = summary(listOf(value));
      if (typeof value.totalCount === "number") into[`${path}.totalCount`] = value.totalCount;
    } else flatten(value, path, into);
  }
  return into;
}

function summary(list) {
  return list.map((each) => Object.values(flatten(each, "", {})).filter((value) => value !== null && value !== "").join(" · ")).join("; ") || null;
}
