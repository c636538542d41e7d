// ==UserScript==
// @name         Kesu for Amazon Connect
// @description  Reports the state of the call to the Kesu agent on this PC, never the caller's number.
// @version      1
// @license      MIT
// @match        https://*.my.connect.aws/*
// @match        https://*.awsapps.com/connect/*
// @grant        GM_getValue
// @grant        GM_setValue
// @grant        GM_registerMenuCommand
// @grant        unsafeWindow
// ==/UserScript==
// SPDX-License-Identifier: MIT
//
// Needs Amazon Connect Streams in the page (the global `connect`), and in agent.toml a source of kind "http" with
// this page's origin. The token is put in once, through the extension's menu; the page cannot read it there.
// Words follow docs/agent.md. Of a contact only its identifier and its type are read. `alive` is said from the
// moment on when Streams has handed over the agent: before the login the page sees no seat.

(() => {
  // biome-ignore lint/suspicious/noRedundantUseStrict: a userscript is no module
  "use strict";

  const AGENT = "http://127.0.0.1:7413/v1/state/";
  const HEARTBEAT_MS = 10000;

  let stamp = Date.now() * 1000; // rises over reloads of the page, too
  let queue = Promise.resolve();
  let away = false;
  const open = new Set();
  const held = new Set();

  function say(word, call) {
    stamp += 1;
    const query = `stamp=${stamp}${call ? `&call=${encodeURIComponent(call)}` : ""}`;
    const request = { method: "POST", headers: { Authorization: `Bearer ${GM_getValue("token", "")}` } };
    // One after the other. An agent that does not answer is down: then the pad is wiped already.
    queue = queue.then(() => fetch(`${AGENT}${word}?${query}`, request)).catch(() => undefined);
    return queue;
  }

  function presence() {
    say(away ? "away" : "ready");
  }

  function watchContact(contact) {
    const types = unsafeWindow.connect.ContactType;
    if (![types.VOICE, types.QUEUE_CALLBACK].includes(contact.getType())) return;
    const call = contact.getContactId();
    const begin = (word) => {
      open.add(call);
      say(word, call);
    };
    contact.onConnecting(() => begin("ring"));
    contact.onConnected(() => begin("start"));
    contact.onRefresh(() => {
      const connection = contact.getInitialConnection();
      const isHeld = Boolean(connection?.isOnHold());
      if (!open.has(call) || isHeld === held.has(call)) return;
      if (isHeld) held.add(call);
      else held.delete(call);
      say(isHeld ? "hold" : "start", call);
    });
    // After-call work begins with onACW and ends when the contact is cleared, which is onDestroy. `end` is not
    // said at onEnded: it comes in the same millisecond as onACW and would wipe before the work has begun.
    contact.onACW(() => say("wrapup", call));
    contact.onMissed(() => say("busy", call));
    contact.onDestroy(() => {
      open.delete(call);
      held.delete(call);
      say("end", call);
      if (open.size === 0) {
        say("ready");
        if (away) presence();
      }
    });
  }

  let beating = false;

  function beat() {
    if (beating) return; // Streams hands the agent over again after a new login
    beating = true;
    setInterval(() => say("alive"), HEARTBEAT_MS);
  }

  function watchAgent(agent) {
    say("alive");
    beat();
    agent.onRoutable(() => {
      away = false;
      if (open.size === 0) presence();
    });
    for (const gone of ["onNotRoutable", "onOffline"]) {
      agent[gone](() => {
        away = true;
        presence();
      });
    }
    agent.onMuteToggle((state) => say(state.muted ? "mute" : "unmute"));
  }

  function start() {
    const connect = unsafeWindow.connect;
    if (!connect?.contact || !connect.agent) {
      setTimeout(start, 1000);
      return;
    }
    connect.agent(watchAgent);
    connect.contact(watchContact);
  }

  GM_registerMenuCommand("Kesu: token", () => {
    const given = prompt("Token of the Kesu agent (~/.config/kesu/token)");
    if (given) GM_setValue("token", given.trim());
  });
  start();
})();
