// SPDX-License-Identifier: MIT
// chrome: the part of the extension API that is used (developer.chrome.com/docs/extensions/reference/api).

interface Heard<T extends unknown[]> {
  addListener(heard: (...given: T) => unknown): void;
}
export interface RuntimePort {
  readonly name: string;
  readonly onMessage: Heard<[message: unknown]>;
  readonly onDisconnect: Heard<[]>;
  postMessage(message: unknown): void;
  disconnect(): void;
}
interface Sender {
  readonly url?: string;
}
interface ContentScript {
  readonly id: string;
  readonly matches: readonly string[];
  readonly js: readonly string[];
  readonly runAt: "document_start";
  readonly allFrames: boolean;
  readonly world: "ISOLATED" | "MAIN";
}
export interface ChromeApi {
  readonly runtime: {
    connect(info: { name: string }): RuntimePort;
    sendMessage(message: unknown): Promise<unknown>;
    readonly onConnect: Heard<[port: RuntimePort]>;
    readonly onMessage: Heard<[message: unknown, sender: Sender, answer: (answer: unknown) => void]>;
    readonly onInstalled: Heard<[]>;
    readonly onStartup: Heard<[]>;
  };
  readonly storage: {
    readonly managed: { get(keys: null): Promise<Record<string, unknown>> };
    readonly onChanged: Heard<[changes: unknown, area: string]>;
  };
  readonly scripting: {
    getRegisteredContentScripts(): Promise<{ id: string }[]>;
    unregisterContentScripts(filter: { ids: string[] }): Promise<void>;
    registerContentScripts(scripts: ContentScript[]): Promise<void>;
  };
  readonly offscreen: {
    hasDocument(): Promise<boolean>;
    createDocument(parameters: { url: string; reasons: string[]; justification: string }): Promise<void>;
  };
  readonly idle: { queryState(seconds: number): Promise<"active" | "idle" | "locked"> };
}

export const chrome = (globalThis as unknown as { chrome: ChromeApi }).chrome;
