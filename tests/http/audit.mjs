// Audits a GraphQL address by all of graphql-http's audits, and prints each one's id, name and what was wrong, as JSON.
import { auditServer } from "graphql-http";

const found = await auditServer({ url: process.argv[2] });
const told = found.map(({ id, name, status, reason }) => ({ id, name, wrong: status === "ok" ? null : `${status}: ${reason}` }));
console.log(JSON.stringify(told));
