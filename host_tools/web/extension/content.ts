// SPDX-License-Identifier: MIT
// content: in a page of the policy. It runs the adapter and sends its reports to the document that holds the pad. It
// answers that document's pings, so a page that hangs is lost there, as a closed one is.
import type { Source } from "../line/source";
import { callMessages } from "../line/sources/events";
import { genesysCloud } from "../line/sources/genesys_cloud";
import { zoomContactCenter, zoomPhone } from "../line/sources/zoom";
import { chrome, type RuntimePort } from "./chrome";
import type { PageSetting } from "./settings";

const AGAIN_MS = 1000;

/** The frame from one of these origins, once the page has it. */
function frameOf(origins: readonly string[]): HTMLIFrameElement | undefined {
  return [...document.querySelectorAll("iframe")].find(({ src }) => {
    try {
      return origins.includes(new URL(src).origin);
    } catch {
      return false;
    }
  });
}

/** The source of a page; none while its frame is missing. */
function sourceOf({ adapter, origins }: PageSetting): Source | undefined {
  if (adapter === "amazon-connect") return callMessages({ origins: [location.origin] }); // page.ts posts them
  if (adapter === "messages") return callMessages({ origins });
  const frame = frameOf(origins);
  if (!frame) return undefined;
  if (adapter === "genesys-cloud") return genesysCloud({ origins, frame });
  return adapter === "zoom-phone" ? zoomPhone({ origins, frame }) : zoomContactCenter({ origins, frame });
}

function join(source: Source): void {
  const port: RuntimePort = chrome.runtime.connect({ name: "kesu-line" });
  port.postMessage({ bounds: source.bounds, wrapUp: source.wrapUp });
  const stop = source.start((report) => port.postMessage({ report }));
  port.onMessage.addListener((ping) => {
    port.postMessage({ pong: ping });
    try {
      source.turn?.(performance.now() / 1000);
    } catch {
      port.postMessage({ report: { word: "lost" } });
    }
  });
  port.onDisconnect.addListener(() => {
    stop();
    setTimeout(() => void begin(), AGAIN_MS);
  });
}

async function begin(): Promise<void> {
  const setting = (await chrome.runtime.sendMessage("setting").catch(() => null)) as PageSetting | null;
  const source = setting && document.body ? sourceOf(setting) : undefined;
  if (source) join(source);
  else setTimeout(() => void begin(), AGAIN_MS);
}

void begin();
