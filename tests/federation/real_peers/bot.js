// activitypub-bot, the server of tags.pub and relay.social: bo does what the test says; beside bo a group, and a relay of each kind.
// Environment: that of peer.js and DATABASE, an empty one of Postgres.
import "./activitystreams.js";
import { Bot, GroupBot, LitePubRelayServerBot, MastodonRelayServerBot, makeApp } from "@evanp/activitypub-bot";
import { ORIGIN, listen } from "./peer.js";

const VOCABULARY = "https://www.w3.org/ns/activitystreams#";
const received = [];

// What the server made of an object: its expanded classes and properties, not the JSON that came
function told(thing, deep = 2) {
  if (thing == null) return null;
  const types = [thing.type].flat().filter(Boolean);
  const of = { id: thing.id ?? null, type: types.map((type) => type.replace(VOCABULARY, "")).join() };
  if (!deep) return of;
  const all = (name) => [...(thing[name] ?? [])];
  of.actor = thing.actor?.first?.id;
  of.object = told(thing.object?.first, deep - 1);
  of.content = thing.content?.get() ?? undefined;
  of.summary = thing.summary?.get() ?? undefined;
  of.answers = thing.inReplyTo?.first?.id;
  of.author = thing.attributedTo?.first?.id;
  of.tags = all("tag").map((tag) => ({ ...told(tag, 0), name: tag.name?.get(), href: tag.href }));
  of.media = all("attachment").map((file) => ({ url: file.url?.first?.href ?? file.url?.first?.id, alt: file.name?.get() }));
  return of;
}

class Bo extends Bot {
  constructor() {
    super("bo", { fullname: "Bo the bot", description: "I am a real bot.", icon: new URL(`${ORIGIN}/picture`) });
  }

  get does() {
    return this._context;
  }

  async handleActivity(activity) {
    received.push(told(activity));
    return false;
  }
}

const bo = new Bo();

// Each returns the activity or the post that it made
const deeds = {
  follow: async (at) => await bo.does.followActor(at),
  unfollow: async (at) => await bo.does.unfollowActor(at),
  post: async (at, { content }) => await bo.does.sendNote(content, { to: "as:Public", cc: bo.does.getFollowersId() }),
  answer: async (at, { content }) => await bo.does.sendReply(content, at),
  edit: async (at, { content }) => await bo.does.updateNote(at, content),
  delete: async (at) => await bo.does.deleteNote(at),
  like: async (at) => await bo.does.likeObject(at),
  unlike: async (at) => await bo.does.unlikeObject(at),
  boost: async (at) => await bo.does.announceObject(at),
  unboost: async (at) => await bo.does.unannounceObject(at),
};

async function does({ do: deed, at, ...more }) {
  if (deed === "find") return await bo.does.toActorId(more.name);
  const object = at && (await bo.does.getObject(at));
  return told(deed === "look" ? object : await deeds[deed](object, more));
}

const app = await makeApp({
  databaseUrl: process.env.DATABASE,
  origin: ORIGIN,
  bots: {
    bo,
    group: new GroupBot("group"),
    relay: new MastodonRelayServerBot("relay"),
    actors: new LitePubRelayServerBot("actors"),
  },
  logLevel: process.env.LOG_LEVEL ?? "warn",
  allowPrivateNetworkRequests: true,
});

listen({ received, does, otherwise: app });
