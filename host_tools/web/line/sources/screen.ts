// SPDX-License-Identifier: MIT
// screen: lock and absence from the Idle Detection API (WICG idle-detection), where the site may use it: a permission
// that the user or a policy gives. The operator is absent after 60 s, the least that the API allows, without mouse or
// keyboard; that takes effect when no call is on. Without the permission the source is lost, and the line is down.
import { type Source, say } from "../source";

interface Detector extends EventTarget {
  readonly userState: "active" | "idle" | null;
  readonly screenState: "locked" | "unlocked" | null;
  start(options: { threshold: number; signal: AbortSignal }): Promise<void>;
}
type DetectorClass = (new () => Detector) & { requestPermission(): Promise<string> };

const IDLE_MS = 60_000;
const detectors = () => (globalThis as { IdleDetector?: DetectorClass }).IdleDetector;

/** Ask the user, in answer to a click. */
export async function requestScreen(): Promise<boolean> {
  return (await detectors()?.requestPermission()) === "granted";
}

export function screen(): Source {
  let look: () => void = () => undefined;
  return {
    bounds: { idleS: 35, callS: 35 },
    turn: () => look(),
    start(send) {
      const ended = new AbortController();
      const lose = () => {
        look = () => undefined;
        if (!ended.signal.aborted) say(send, "lost");
      };
      const Detector = detectors();
      if (!Detector) throw new Error("no Idle Detection here");
      const detector = new Detector();
      let away: boolean | undefined;
      const seen = () => {
        if (detector.screenState === null) return lose();
        say(send, detector.screenState === "locked" ? "lock" : "unlock");
        const absent = detector.userState === "idle";
        if (absent !== away) say(send, absent ? "away" : "ready");
        away = absent;
      };
      detector.addEventListener("change", seen);
      detector
        .start({ threshold: IDLE_MS, signal: ended.signal })
        .then(() => {
          look = seen; // repeats the proof
          seen();
        })
        .catch(lose);
      const name = "idle-detection" as PermissionName;
      void globalThis.navigator?.permissions
        ?.query({ name })
        .then((permission) => {
          permission.onchange = () => permission.state === "granted" || lose();
        })
        .catch(() => undefined);
      return () => ended.abort();
    },
  };
}
