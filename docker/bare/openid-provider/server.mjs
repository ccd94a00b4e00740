// An OpenID provider for tests: made-up people of two agencies, two apps, access tokens as RFC 9068 has them.
//
//   node server.mjs FOLDER [PORT]
//
// FOLDER keeps what is made at the first start: `keys.json`, private, and `clients.json` with the secrets of the apps
// and the passwords of the people. `run/issuer` is there while it serves, on loopback only, and holds its address.
import { generateKeyPairSync, randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { Provider, interactionPolicy } from "oidc-provider";

const LIFE = 3600; // seconds; the longest that the hub accepts of an access token
const LARGEST_FORM = 4096;
const HUB = "urn:hub"; // a resource is named by an address, the tokens for it by the audience that stands there
const AUDIENCES = { [HUB]: process.env.OPENID_AUDIENCE || "hub", "urn:other": "other" };
const PEOPLE = {
  "steward-nn": { name: "Người quản lý dữ liệu, Sở Nông nghiệp (hư cấu)", agency: "DEMO.NN", roles: ["steward"] },
  "steward-dl": { name: "Người quản lý dữ liệu, Sở Du lịch (hư cấu)", agency: "DEMO.DL", roles: ["steward"] },
};
const APPS = { "console-of-tests": { roles: ["developer"] } };
const CALLBACK = "http://127.0.0.1/callback"; // of a native app, so any port will do (RFC 8252)

const [folder, port] = [process.argv[2], Number(process.argv[3] || 0)];

/** What the file holds; made by `make` where there is no such file, for its owner alone, whole or not at all. */
function kept(name, make) {
  const file = join(folder, name);
  if (!existsSync(file)) {
    writeFileSync(`${file}.new`, `${JSON.stringify(make(), null, 2)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  return JSON.parse(readFileSync(file, "utf8"));
}

function secret() {
  return randomBytes(24).toString("base64url");
}

function madeKeys() {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = { ...privateKey.export({ format: "jwk" }), kid: secret(), use: "sig", alg: "ES256" };
  return { jwks: { keys: [key] }, cookies: [secret()] };
}

function madeClients() {
  return {
    confidential: { id: "console-of-tests", secret: secret() },
    public: { id: "app-of-tests" },
    callback: CALLBACK,
    people: Object.fromEntries(Object.keys(PEOPLE).map((login) => [login, secret()])),
  };
}

/** The agency and roles of whom a token speaks for, as the hub reads them; none of a person or app without any. */
function claimsOf(_, token) {
  const { agency, roles } = (token.accountId ? PEOPLE[token.accountId] : APPS[token.clientId]) ?? {};
  return { agency, roles };
}

function findAccount(_, login) {
  const person = Object.hasOwn(PEOPLE, login) ? PEOPLE[login] : undefined;
  return person && { accountId: login, claims: () => ({ sub: login, name: person.name }) };
}

/** Both apps may have all that there is to have here, so nobody is asked for consent. */
async function loadExistingGrant(ctx) {
  const { provider, client, session } = ctx.oidc;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope("openid profile offline_access");
  for (const resource of Object.keys(AUDIENCES)) grant.addResourceScope(resource, "read");
  await grant.save();
  return grant;
}

function configuration(keys, clients) {
  const policy = interactionPolicy.base();
  policy.get("consent").checks.remove("native_client_prompt");
  const shared = { application_type: "native", redirect_uris: [CALLBACK], response_types: ["code"] };
  const code = ["authorization_code", "refresh_token"];
  return {
    jwks: keys.jwks,
    cookies: { keys: keys.cookies },
    clientDefaults: { id_token_signed_response_alg: "ES256" },
    enabledJWA: { idTokenSigningAlgValues: ["ES256"] },
    clients: [
      {
        ...shared,
        client_id: clients.confidential.id,
        client_secret: clients.confidential.secret,
        grant_types: [...code, "client_credentials"],
      },
      { ...shared, client_id: clients.public.id, token_endpoint_auth_method: "none", grant_types: code },
    ],
    pkce: { required: () => true },
    scopes: ["openid", "offline_access"],
    claims: { openid: ["sub"], profile: ["name"] },
    interactions: { policy, url: (_, interaction) => `/sign-in/${interaction.uid}` },
    findAccount,
    loadExistingGrant,
    issueRefreshToken: (_, client) => client.grantTypeAllowed("refresh_token"),
    extraTokenClaims: claimsOf,
    ttl: { AccessToken: LIFE, ClientCredentials: LIFE, IdToken: LIFE, Session: LIFE, Grant: LIFE, Interaction: LIFE },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => HUB,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource) => {
          if (!Object.hasOwn(AUDIENCES, resource)) throw new Error(`no such resource: ${resource}`);
          return { scope: "read", audience: AUDIENCES[resource], accessTokenTTL: LIFE, accessTokenFormat: "jwt" };
        },
      },
    },
  };
}

function page(uid, refused) {
  const said = refused ? `<p role="alert">Tên hoặc mật khẩu không đúng · wrong name or password</p>` : "";
  return `<!doctype html><html lang="vi"><meta charset="utf-8"><title>Đăng nhập · Sign in</title>
<h1>Đăng nhập · Sign in</h1><p>Chỉ để thử · for tests only</p>${said}
<form method="post" action="/sign-in/${encodeURIComponent(uid)}">
<p><label>Tên · Name <input name="login" required></label></p>
<p><label>Mật khẩu · Password <input name="password" type="password" required></label></p>
<p><button>Đăng nhập · Sign in</button></p></form></html>`;
}

function same(given, wanted) {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)];
  return one.length === other.length && timingSafeEqual(one, other);
}

async function form(request) {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > LARGEST_FORM) throw new Error("the form is too large");
  }
  return new URLSearchParams(text);
}

/** The one page of ours: who signs in. Whether this browser was sent here is asked of its cookie, by the library. */
async function signIn(provider, people, request, response) {
  const { uid } = await provider.interactionDetails(request, response);
  let refused = false;
  if (request.method === "POST") {
    const given = await form(request);
    const login = given.get("login") ?? "";
    if (Object.hasOwn(people, login) && same(given.get("password") ?? "", people[login])) {
      // Who asks for consent too (`prompt=consent`) has it by signing in.
      return provider.interactionFinished(request, response, { login: { accountId: login }, consent: {} });
    }
    refused = true;
  }
  response.writeHead(refused ? 401 : 200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
  return response.end(page(uid, refused));
}

const keys = kept("keys.json", madeKeys);
const clients = kept("clients.json", madeClients);
const server = createServer().listen(port, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration(keys, clients));
  const others = provider.callback();
  server.on("request", (request, response) => {
    if (!request.url.startsWith("/sign-in/")) return others(request, response);
    return signIn(provider, clients.people, request, response).catch((error) => {
      console.error(error);
      response.writeHead(400, { "content-type": "text/plain" }).end("begin again\n");
    });
  });
  mkdirSync(join(folder, "run"), { recursive: true });
  writeFileSync(join(folder, "run", "issuer.new"), `${issuer}\n`);
  renameSync(join(folder, "run", "issuer.new"), join(folder, "run", "issuer"));
});
process.on("SIGTERM", () => {
  rmSync(join(folder, "run", "issuer"), { force: true });
  server.closeAllConnections();
  server.close(() => process.exit(0));
});
