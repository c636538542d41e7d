// SPDX-License-Identifier: MIT
// background: the service worker. It puts the content scripts into the pages that the policy names, keeps the document
// that holds the pad (offscreen.ts) open, and answers which page has which adapter and whether the screen is locked.
import { chrome } from "./chrome";
import { type PageSetting, settingsOf } from "./settings";

const IDLE_S = 60;

const settings = async () => settingsOf(await chrome.storage.managed.get(null).catch(() => ({})));

async function openDocument(): Promise<void> {
  if (await chrome.offscreen.hasDocument()) return;
  await chrome.offscreen
    .createDocument({
      url: "offscreen.html",
      reasons: ["WORKERS"],
      justification:
        "A worker holds the serial port of the pad and drops its line when this browser does not answer.",
    })
    .catch(() => undefined); // another event has just made it
}

function scripts({ match, adapter }: PageSetting, index: number) {
  const common = { matches: [match], runAt: "document_start", allFrames: false } as const;
  const content = { ...common, id: `content-${index}`, js: ["content.js"], world: "ISOLATED" } as const;
  const page = { ...common, id: `page-${index}`, js: ["page.js"], world: "MAIN" } as const;
  return adapter === "amazon-connect" ? [content, page] : [content];
}

async function apply(): Promise<void> {
  const { pages } = await settings();
  const ids = (await chrome.scripting.getRegisteredContentScripts()).map(({ id }) => id);
  if (ids.length) await chrome.scripting.unregisterContentScripts({ ids });
  if (pages.length) await chrome.scripting.registerContentScripts(pages.flatMap(scripts));
  await openDocument();
}

/** Whether a page's address fits a pattern of the policy. Only the host is compared: Chrome compares the rest. */
function fits(url: string, { match }: PageSetting): boolean {
  const [wanted, host] = [match.slice("https://".length).split("/")[0]!, new URL(url).host];
  return wanted.startsWith("*.")
    ? host === wanted.slice(2) || host.endsWith(wanted.slice(1))
    : host === wanted;
}

chrome.runtime.onInstalled.addListener(() => void apply());
chrome.runtime.onStartup.addListener(() => void apply());
chrome.storage.onChanged.addListener((_, area) => {
  if (area === "managed") void apply();
});
chrome.runtime.onConnect.addListener(() => void openDocument());
chrome.runtime.onMessage.addListener((message, sender, answer) => {
  if (message === "setting") {
    void settings().then(({ pages }) =>
      answer(pages.find((page) => sender.url && fits(sender.url, page)) ?? null),
    );
    return true; // the answer comes later
  }
  if (message === "screen") {
    void settings()
      .then(async ({ screen }) => (screen ? await chrome.idle.queryState(IDLE_S) : "off"))
      .then(answer, () => answer(null));
    return true;
  }
  return false;
});
