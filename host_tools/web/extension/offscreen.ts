// SPDX-License-Identifier: MIT
// offscreen: the document that holds the pad, whatever tabs are open.
import { KesuLine } from "../line/line";
import { type Source, say } from "../line/source";
import { chrome } from "./chrome";
import { Tabs } from "./tabs";

const ASK_S = 10;

/** Lock and absence as the system reports them to extensions (chrome.idle), asked by way of the service worker. */
function systemScreen(): Source {
  let ask: (now: number) => void = () => undefined;
  return {
    bounds: { idleS: 35, callS: 35 },
    turn: (now) => ask(now),
    start(send) {
      let askedAt = -ASK_S;
      let away = false;
      ask = (now) => {
        if (now - askedAt < ASK_S) return;
        askedAt = now;
        void chrome.runtime.sendMessage("screen").then((state) => {
          if (state === "off") line.remove("screen");
          if (state !== "active" && state !== "idle" && state !== "locked") return; // the bound expires
          say(send, state === "locked" ? "lock" : "unlock");
          if ((state === "idle") !== away) say(send, away ? "ready" : "away");
          away = state === "idle";
        });
      };
      return () => {
        ask = () => undefined;
      };
    },
  };
}

const line = new KesuLine({
  worker: () => new Worker("kesu-line-worker.js", { type: "module" }),
  sources: { screen: systemScreen() },
});
const tabs = new Tabs(line);
chrome.runtime.onConnect.addListener((port) => {
  if (port.name === "kesu-line") tabs.take(port);
});
line.start();
Object.assign(globalThis, { line }); // for the console of chrome://extensions
