// A real provider: oidc-provider by Filip Skokan, certified by the OpenID Foundation, with its own pages for signing in.
// It prints its port, and believes whatever name somebody signs in with.
import { Provider } from "oidc-provider";

const { REDIRECT, AFTER, ALG } = process.env;
const account = (name) => ({
  accountId: name,
  claims: () => ({
    sub: name,
    email: `${name}@example.org`,
    email_verified: true,
    name: `The real ${name}`,
    preferred_username: name,
    groups: name === "mo" ? ["mods"] : [],
  }),
});

const http = await import("node:http");
const server = http.createServer();
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "takahe",
      client_secret: "a secret: with % and +",
      application_type: REDIRECT.startsWith("https:") ? "web" : "native",
      redirect_uris: [REDIRECT],
      post_logout_redirect_uris: [AFTER],
      id_token_signed_response_alg: ALG,
    },
  ],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "preferred_username"], groups: ["groups"] },
  scopes: ["openid", "email", "profile", "groups"],
  pkce: { required: () => true },
  findAccount: (_context, id) => account(id),
  jwks: { keys: await keys() },
  cookies: { keys: ["only for tests"] },
});

async function keys() {
  const { generateKeyPair, exportJWK } = await import("jose");
  const pairs = await Promise.all(
    ["RS256", "PS256", "ES256", "EdDSA"].map(async (alg) => {
      const { privateKey } = await generateKeyPair(alg, { extractable: true });
      return { ...(await exportJWK(privateKey)), alg, use: "sig", kid: alg };
    }),
  );
  return pairs;
}

provider.on("server_error", (_context, error) => console.log(error));
server.on("request", provider.callback());
console.log(`ready ${issuer}`);
