// What graphql-inspector says: of documents, which do not suit a schema; of two schemas, what changed and how badly.
// It reads {"before": SDL, "after": SDL, "documents": {name: text}} and answers {"invalid": {name: [...]}, "changes": [...]}.
import { readFileSync } from "node:fs";
import { diff, validate } from "@graphql-inspector/core";
import { Source, buildSchema } from "graphql";

const { before, after, documents } = JSON.parse(readFileSync(0, "utf8"));
const [older, newer] = [before, after].map((text) => buildSchema(text));
const sources = Object.entries(documents).map(([name, text]) => new Source(text, name));
const invalid = {};
for (const { source, errors, deprecated } of validate(newer, sources)) {
  invalid[source.name] = [...errors, ...deprecated].map((error) => error.message);
}
const changes = (await diff(older, newer)).map(({ criticality, path }) => ({ level: criticality.level, path }));
process.stdout.write(JSON.stringify({ invalid, changes }));
