// userscript_bench: runs the userscript with a small fake of Amazon Connect; prints what it sends to the agent.
// SPDX-License-Identifier: MIT
// biome-ignore lint/suspicious/noRedundantUseStrict: CommonJS, not a module
"use strict";
const fs = require("node:fs");
const vm = require("node:vm");

function listener(names) {
  const heard = {};
  const object = {
    fire: (name, ...given) => {
      for (const each of heard[name] || []) each(...given);
    },
  };
  for (const name of names) {
    heard[name] = [];
    object[name] = (callback) => heard[name].push(callback);
  }
  return object;
}

function makeContact(id, type) {
  const contact = listener(["onConnecting", "onConnected", "onRefresh", "onACW", "onMissed", "onDestroy"]);
  contact.isHeld = false;
  contact.getContactId = () => id;
  contact.getType = () => type;
  contact.getInitialConnection = () => ({ isOnHold: () => contact.isHeld });
  return contact;
}

const said = [];
const agent = listener(["onRoutable", "onNotRoutable", "onOffline", "onMuteToggle"]);
let newContact;
const sandbox = {
  unsafeWindow: {
    connect: {
      ContactType: { VOICE: "voice", QUEUE_CALLBACK: "queue_callback", CHAT: "chat" },
      agent: (callback) => callback(agent),
      contact: (callback) => {
        newContact = callback;
      },
    },
  },
  GM_getValue: () => "TOKEN",
  GM_setValue: () => undefined,
  GM_registerMenuCommand: () => undefined,
  setInterval: () => undefined,
  setTimeout: () => undefined,
  fetch: async (url, request) =>
    said.push({ url, method: request.method, token: request.headers.Authorization }),
};
vm.runInNewContext(fs.readFileSync(process.argv[2], "utf8"), sandbox);

function contact(id, type) {
  const made = makeContact(id, type);
  newContact(made);
  return made;
}
const one = contact("first", "voice");
one.fire("onConnecting");
one.fire("onConnected");
one.isHeld = true;
one.fire("onRefresh");
one.fire("onRefresh");
one.isHeld = false;
one.fire("onRefresh");
agent.fire("onMuteToggle", { muted: true });
one.fire("onACW");
agent.fire("onNotRoutable");
one.fire("onDestroy");
agent.fire("onRoutable");
const chat = contact("a chat", "chat");
chat.fire("onConnecting");
chat.fire("onConnected");
const missed = contact("second", "queue_callback");
missed.fire("onConnecting");
missed.fire("onMissed");
missed.fire("onDestroy");
setImmediate(() => setImmediate(() => console.log(JSON.stringify(said))));
