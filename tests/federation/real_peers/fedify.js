// A small server made with Fedify: one person, fay.
// Environment: that of peer.js.
import { createFederation, generateCryptoKeyPair, MemoryKvStore } from "@fedify/fedify";
import * as vocab from "@fedify/vocab";
import { Temporal } from "@js-temporal/polyfill";
import { ORIGIN, bodyOf, listen } from "./peer.js";

const EVERYBODY = vocab.PUBLIC_COLLECTION;
const keys = await Promise.all([generateCryptoKeyPair("RSASSA-PKCS1-v1_5"), generateCryptoKeyPair("Ed25519")]);
const followers = new Map(); // id of the actor → recipient
const notes = new Map();
const stamps = new Map();
const sent = new Map();
const received = [];
let count = 0;

const federation = createFederation({
  kv: new MemoryKvStore(),
  origin: ORIGIN,
  allowPrivateAddress: true,
});

federation
  .setActorDispatcher("/people/{identifier}", async (ctx, identifier) => {
    if (identifier !== "fay") return null;
    const pairs = await ctx.getActorKeyPairs(identifier);
    return new vocab.Person({
      id: ctx.getActorUri(identifier),
      preferredUsername: identifier,
      name: "Fay of Fedify :wave:",
      summary: "<p>I am made with Fedify.</p>",
      icon: picture(),
      inbox: ctx.getInboxUri(identifier),
      outbox: ctx.getOutboxUri(identifier),
      followers: ctx.getFollowersUri(identifier),
      endpoints: new vocab.Endpoints({ sharedInbox: ctx.getInboxUri() }),
      tags: [emoji("wave")],
      publicKey: pairs[0].cryptographicKey,
      assertionMethods: pairs.map((pair) => pair.multikey),
    });
  })
  .setKeyPairsDispatcher(() => keys);

federation.setFollowersDispatcher("/people/{identifier}/followers", () => ({ items: [...followers.values()] }));

federation
  .setOutboxDispatcher("/people/{identifier}/outbox", (ctx) => ({
    items: [...notes.values()].map((note) => create(ctx, note)).reverse(),
  }))
  .setCounter(() => notes.size);

federation.setObjectDispatcher(vocab.Note, "/notes/{id}", (ctx, { id }) => notes.get(id) ?? null);
federation.setObjectDispatcher(vocab.QuoteAuthorization, "/stamps/{id}", (ctx, { id }) => stamps.get(id) ?? null);

federation
  .setInboxListeners("/people/{identifier}/inbox", "/inbox")
  .setSharedKeyDispatcher(() => ({ identifier: "fay" }))
  .on(vocab.Activity, async (ctx, activity) => {
    received.push(await told(activity, ctx));
    if (activity instanceof vocab.Follow) await acceptFollow(ctx, activity);
    if (activity instanceof vocab.QuoteRequest) await acceptQuote(ctx, activity);
    if (activity instanceof vocab.Undo && (await activity.getObject(ctx)) instanceof vocab.Follow)
      followers.delete(activity.actorId.href);
  })
  .onError((ctx, error) => console.error("inbox", error));

async function acceptFollow(ctx, follow) {
  const follower = await follow.getActor(ctx);
  followers.set(follower.id.href, follower);
  await ctx.sendActivity({ identifier: "fay" }, follower, answer(ctx, vocab.Accept, { object: follow }));
}

async function acceptQuote(ctx, request) {
  const asking = await request.getActor(ctx);
  const id = String(++count);
  const stamp = new vocab.QuoteAuthorization({
    id: ctx.getObjectUri(vocab.QuoteAuthorization, { id }),
    attribution: ctx.getActorUri("fay"),
    interactingObject: request.instrumentId,
    interactionTarget: request.objectId,
  });
  stamps.set(id, stamp);
  await ctx.sendActivity(
    { identifier: "fay" },
    asking,
    answer(ctx, vocab.Accept, { object: request, result: stamp.id, to: asking.id }),
  );
}

// What Fedify made of an object: its classes and properties, not the JSON that came.
async function told(thing, ctx) {
  if (thing == null) return null;
  const of = { type: thing.constructor.name, id: thing.id?.href ?? null };
  if (thing instanceof vocab.Activity) {
    of.actor = thing.actorId?.href;
    of.content = thing.content?.toString();
    of.emojis = await emojisOf(thing, ctx);
    // an answer has in it what was asked, which is fay's own
    const crossOrigin = thing instanceof vocab.Accept ? "trust" : "ignore";
    of.object = await told(await thing.getObject({ ...ctx, crossOrigin, suppressError: true }), ctx);
    of.objectId = thing.objectId?.href;
    of.instrumentId = thing.instrumentId?.href;
    return of;
  }
  if (thing instanceof vocab.Link || vocab.isActor(thing) || thing instanceof vocab.Tombstone) return of;
  of.content = thing.content?.toString();
  of.summary = thing.summary?.toString();
  of.author = thing.attributionId?.href;
  of.answers = thing.replyTargetId?.href;
  of.quotes = thing.quoteId?.href;
  of.stamp = thing.quoteAuthorizationId?.href;
  of.mentions = [];
  for await (const tag of thing.getTags(ctx)) if (tag instanceof vocab.Mention) of.mentions.push(tag.href.href);
  of.emojis = await emojisOf(thing, ctx);
  of.media = [];
  for await (const file of thing.getAttachments(ctx))
    of.media.push({ type: file.mediaType, url: file.url?.href, alt: file.name?.toString() });
  return of;
}

async function emojisOf(thing, ctx) {
  const found = {};
  for await (const tag of thing.getTags(ctx))
    if (tag instanceof vocab.Emoji) found[tag.name.toString()] = (await tag.getIcon(ctx))?.url?.href;
  return found;
}

const picture = (alt) => new vocab.Image({ url: new URL(`${ORIGIN}/picture`), mediaType: "image/png", name: alt });
const emoji = (name) => new vocab.Emoji({ id: new URL(`${ORIGIN}/emoji/${name}`), name: `:${name}:`, icon: picture() });
const url = (text) => (text ? new URL(text) : null);

function answer(ctx, type, more) {
  const id = new URL(`${ORIGIN}/activities/${++count}`);
  const made = new type({ id, actor: ctx.getActorUri("fay"), ...more });
  sent.set(id.href, made);
  return made;
}

const create = (ctx, note) =>
  new vocab.Create({
    id: new URL(`${note.id.href}#create`),
    actor: note.attributionId,
    object: note,
    to: EVERYBODY,
    ccs: [...note.ccIds],
  });

function write(ctx, asked) {
  const id = String(++count);
  const note = new vocab.Note({
    id: ctx.getObjectUri(vocab.Note, { id }),
    attribution: ctx.getActorUri("fay"),
    content: asked.content,
    published: Temporal.Now.instant(),
    to: EVERYBODY,
    ccs: [ctx.getFollowersUri("fay"), ...(asked.mentions ?? []).map(url)],
    replyTarget: url(asked.answers),
    quote: url(asked.quotes),
    quoteUrl: url(asked.quotes),
    tags: [
      ...(asked.mentions ?? []).map((href) => new vocab.Mention({ href: new URL(href), name: `@${href}` })),
      ...(asked.emojis ?? []).map(emoji),
    ],
    attachments: asked.alt ? [picture(asked.alt)] : [],
    interactionPolicy: new vocab.InteractionPolicy({ canQuote: new vocab.InteractionRule({ automaticApproval: EVERYBODY }) }),
  });
  notes.set(id, note);
  return note;
}

const noteAt = (uri) => notes.get(new URL(uri).pathname.split("/").pop());

// Each returns [activity, actor to send it to or null for the followers]
const deeds = {
  follow: async (ctx, { who }) => [answer(ctx, vocab.Follow, { object: url(who), to: url(who) }), who],
  post: async (ctx, asked) => [create(ctx, write(ctx, asked)), asked.mentions?.[0]],
  like: async (ctx, { what, who }) => [answer(ctx, vocab.Like, { object: url(what), to: url(who) }), who],
  react: async (ctx, { what, who, name }) => [
    answer(ctx, vocab.EmojiReact, { object: url(what), to: url(who), content: `:${name}:`, tags: [emoji(name)] }),
    who,
  ],
  boost: async (ctx, { what, who }) => [
    answer(ctx, vocab.Announce, {
      object: url(what),
      to: EVERYBODY,
      ccs: [ctx.getFollowersUri("fay"), url(who)],
      published: Temporal.Now.instant(),
    }),
    who,
  ],
  ask: async (ctx, { what, who, quoting }) => [
    answer(ctx, vocab.QuoteRequest, { object: url(what), instrument: noteAt(quoting), to: url(who) }),
    who,
  ],
  undo: async (ctx, { what, who }) => [answer(ctx, vocab.Undo, { object: sent.get(what), to: url(who) }), who],
  edit: async (ctx, { what, content }) => {
    const edited = noteAt(what).clone({ content, updated: Temporal.Now.instant() });
    notes.set(what.split("/").pop(), edited);
    return [answer(ctx, vocab.Update, { object: edited, to: EVERYBODY, ccs: [ctx.getFollowersUri("fay")] })];
  },
  delete: async (ctx, { what }) => {
    notes.delete(what.split("/").pop());
    const grave = new vocab.Tombstone({ id: url(what) });
    return [answer(ctx, vocab.Delete, { object: grave, to: EVERYBODY, ccs: [ctx.getFollowersUri("fay")] })];
  },
};

async function told_what_to_do(asked) {
  const ctx = federation.createContext(new URL(ORIGIN), undefined);
  if (asked.do === "look") return await told(await ctx.lookupObject(asked.at), ctx);
  if (asked.do === "find") return (await ctx.lookupObject(asked.at))?.id?.href ?? null;
  const [activity, who] = await deeds[asked.do](ctx, asked);
  const recipients = new Map(followers);
  if (who) recipients.set(who, await ctx.lookupObject(who));
  await ctx.sendActivity({ identifier: "fay" }, [...recipients.values()], activity);
  return { id: activity.id.href, object: activity.objectId?.href };
}

async function federated(incoming, outgoing) {
  const { method, headers, url } = incoming;
  const body = ["GET", "HEAD"].includes(method) ? undefined : await bodyOf(incoming);
  const given = await federation.fetch(new Request(`${ORIGIN}${url}`, { method, headers, body }), { contextData: undefined });
  outgoing.writeHead(given.status, Object.fromEntries(given.headers));
  outgoing.end(Buffer.from(await given.arrayBuffer()));
}

listen({ received, does: told_what_to_do, otherwise: federated });
