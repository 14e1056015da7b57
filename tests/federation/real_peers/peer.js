// What each of these servers needs: the names of the test's hosts, a picture, and a door for the test. Posting {"do": deed, …} to /-/
// does one deed; a GET of /-/ says which activities the server has accepted.
// Environment: DOMAIN, ADDRESS, RESOLVE (name=address,…), CERTIFICATE, KEY, PICTURE; NODE_EXTRA_CA_CERTS for the tests' authority.
import dns from "node:dns";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { isIP } from "node:net";

const { DOMAIN, ADDRESS, RESOLVE, CERTIFICATE, KEY, PICTURE } = process.env;
const addresses = new Map(RESOLVE.split(",").map((pair) => pair.split("=")));

export const ORIGIN = `https://${DOMAIN}`;

dns.lookup = (name, options, callback = options) => {
  const address = isIP(name) ? name : addresses.get(name);
  if (!address) callback(Object.assign(new Error(`no such test host: ${name}`), { code: "ENOTFOUND" }));
  else if (options.all) callback(null, [{ address, family: 4 }]);
  else callback(null, address, 4);
};

export async function bodyOf(incoming) {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks);
}

// `does` answers a deed; what is neither the door nor the picture goes to `otherwise`
export function listen({ received, does, otherwise }) {
  const json = (outgoing, value) => outgoing.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
  createServer({ cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) }, async (incoming, outgoing) => {
    try {
      if (incoming.url === "/picture") outgoing.writeHead(200, { "content-type": "image/png" }).end(readFileSync(PICTURE));
      else if (incoming.url !== "/-/") await otherwise(incoming, outgoing);
      else if (incoming.method === "GET") json(outgoing, received);
      else json(outgoing, (await does(JSON.parse(await bodyOf(incoming)))) ?? null);
    } catch (error) {
      console.error(error);
      outgoing.writeHead(500).end(String(error.stack));
    }
  }).listen(443, ADDRESS, () => console.log("ready"));
}
