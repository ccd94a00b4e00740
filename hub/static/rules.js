// A rule as a sentence, in the words of the page: `words.say` are its texts, `words.types` what the model declares,
// `words.names` what agencies and areas are called.

const HOUR = 3600000;
const ZONE = 7 * HOUR; // Viet Nam has one zone, and no summer time
const SOON = 30 * 24 * HOUR;
const SCHEMES = ["anyone", "role", "agency", "client", "person"];
export const HUB = "HUB"; // who gave the first rules

export const fill = (pattern, ...parts) => parts.reduce((text, part) => text.replace("{}", () => part), pattern);
const filled = (pattern, parts) => pattern.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
const lower = (text) => text.charAt(0).toLowerCase() + text.slice(1);
const quoted = (text) => `“${text}”`;

// An instant, or milliseconds, as day and time of day in Viet Nam.
function moment(instant) {
  const [year, month, day, time] = new Date(new Date(instant).getTime() + ZONE).toISOString().split(/[-T.]/);
  return { day: `${day}/${month}/${year}`, time };
}

export function at(instant, say) {
  const { day, time } = moment(instant);
  return fill(say.atTime, time, day);
}

// The instant at which a day of a form begins, or so many days after it.
export const begins = (day, after = 0) => new Date(Date.parse(`${day}T00:00:00Z`) + after * 24 * HOUR - ZONE).toISOString();

function starting(instant, say) {
  const { day, time } = moment(instant);
  return time === "00:00:00" ? fill(say.onDay, day) : at(instant, say);
}

// A rule ends before an instant; at midnight that is the end of the day before.
function ending(instant, say) {
  if (moment(instant).time !== "00:00:00") return at(instant, say);
  return fill(say.throughDay, moment(Date.parse(instant) - HOUR).day);
}

// What a rule's time means now: a text and its look, or nothing where it simply holds.
export function timeliness(rule, say, now = Date.now()) {
  if (rule.validFrom && Date.parse(rule.validFrom) > now) return [say.later, ""];
  if (!rule.validUntil) return null;
  const left = Date.parse(rule.validUntil) - now;
  if (left <= 0) return [say.over, "warning"];
  return left < SOON ? [say.soon, "warning"] : null;
}

export function agency(code, names) {
  const name = names.agencies.get(code);
  return name ? `${name} (${code})` : code;
}

export function who(assignee, { say, names }) {
  const [scheme, name] = assignee.split(/:(.*)/s);
  if (scheme === "anyone") return say.who.anyone;
  if (scheme === "role") return say.roles[name] || name;
  return fill(say.who[scheme] || "{}", (scheme === "agency" ? agency(name, names) : name) || say.noIdentity);
}

export function label(type, name, types) {
  const part = types.get(type)?.parts.get(name);
  return part ? part.label : name;
}

function fieldsOf(rule, { say, types }) {
  if (rule.fields === null) return say.wholeRecord;
  if (!rule.fields.length) return say.nothing;
  const every = types.get(rule.type)?.parts.size;
  if (rule.fields.length === every) return fill(say.everyField, every);
  return rule.fields.map((name) => quoted(label(rule.type, name, types))).join(", ");
}

function constraint(one, type, words) {
  const { say, types, names } = words;
  const values = one.values.map((value) => say.asker[value] || (names.areas.get(value) ?? value)).join(say.or);
  if (one.field === "custodian" && !one.path.length) {
    return fill(say.managed, one.values.map((value) => (value === "<agency>" ? say.managedOwn : agency(value, names))).join(say.or));
  }
  if (one.within) return fill(say.within, values);
  const labels = [];
  let here = type;
  for (const link of one.path) {
    labels.push(quoted(label(here, link, types)));
    here = types.get(here)?.parts.get(link)?.target || "";
  }
  if (one.field !== "id" || !labels.length) labels.push(quoted(one.field === "id" ? "id" : label(here, one.field, types)));
  return fill(say.is, labels.join(" › "), values);
}

function recordsOf(rule, words) {
  return rule.records.map((one) => constraint(one, rule.type, words)).join(words.say.and);
}

function masksOf(rule, { say, types }) {
  return rule.masks.map(({ field, mask }) => {
    const part = types.get(rule.type)?.parts.get(field);
    return fill(say.masked, quoted(part ? part.label : field), part?.masks.get(mask) || mask);
  }).join("");
}

export function sentence(rule, words) {
  const { say, types } = words;
  const basis = document.documentElement.lang === "en" ? rule.basisEn || rule.basisVi : rule.basisVi;
  const time = (rule.validFrom ? fill(say.from, starting(rule.validFrom, say)) : "") + (rule.validUntil ? fill(say.until, ending(rule.validUntil, say)) : "");
  return filled(rule.kind === "PROHIBITION" ? say.prohibition : say.permission, {
    who: who(rule.assignee, words),
    action: say.actions[rule.action] || rule.action,
    fields: fieldsOf(rule, words),
    type: lower(types.get(rule.type)?.label || rule.type),
    records: recordsOf(rule, words),
    masks: masksOf(rule, words),
    time,
    purpose: rule.purpose ? fill(say.purposeIs, rule.purpose) : "",
    basis: basis || say.noBasis,
  });
}

// The sentence for a page: a legal basis that was written in Vietnamese alone is marked as such on an English one.
export function told(rule, words) {
  const text = sentence(rule, words);
  if (document.documentElement.lang !== "en" || rule.basisEn || !rule.basisVi) return [text];
  const place = text.lastIndexOf(rule.basisVi);
  const basis = document.createElement("span");
  basis.lang = "vi";
  basis.textContent = rule.basisVi;
  return [text.slice(0, place), basis, text.slice(place + rule.basisVi.length)];
}

// Rules by whom they are for: everybody first, then roles, agencies, apps, people.
export function grouped(rules) {
  const groups = new Map();
  for (const rule of rules) groups.set(rule.assignee, [...(groups.get(rule.assignee) || []), rule]);
  const rank = (assignee) => SCHEMES.indexOf(assignee.split(":")[0]);
  return [...groups].sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
}
