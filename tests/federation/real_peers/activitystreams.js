// activitypub-bot asks for activitystrea.ms 4, which not every mirror of npm has. This gives 3.1 what of 4 it uses: two functions, and
// documents written in the context that they were made in, which 3.1 looks for under the wrong name.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const Loader = require("activitystrea.ms/src/contextloader.js");
const Environment = require("activitystrea.ms/src/environment.js");
const reasoner = require("activitystrea.ms/src/reasoner.js");
const vocabulary = require("vocabs-as");
const contexts = new Map();
const makeDocLoader = Loader.prototype.makeDocLoader;

Loader.prototype.makeDocLoader = function () {
  const load = makeDocLoader.call(this);
  return async (url) =>
    contexts.has(url) ? { contextUrl: null, document: contexts.get(url), documentUrl: url } : await load(url);
};
const as2 = require("activitystrea.ms");
as2.registerContext = (url, document) => contexts.set(url, document);
// not enumerable: what can be enumerated is written into documents
Object.defineProperty(as2.models.Base.prototype, "isActivity", {
  value() {
    return [this.type].flat().some((type) => type && reasoner.node(type).is(vocabulary.Activity));
  },
});
Object.defineProperty(Environment.prototype, "origContext", {
  get() {
    return this.originalContext;
  },
});
