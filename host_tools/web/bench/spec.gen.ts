// SPDX-License-Identifier: MIT
// spec.gen: generated from host_tools/kesu/spec by `kesu dev generate`. Do not edit.

// Bytes from the host, in the order of the page's buttons.
export const CALL_BYTES = ["R", "T", "H", "W", "E", "A", "K", "P", "p", "M", "m"] as const;
export type CallByte = (typeof CALL_BYTES)[number];
export const BYTE_OF = {
  ring: "R",
  talk: "T",
  hold: "H",
  wrap_up: "W",
  ended: "E",
  away: "A",
  locked: "K",
  payment: "P",
  paid: "p",
  muted: "M",
  unmuted: "m",
} as const satisfies Record<string, CallByte>;
// Bytes that wipe a note, or do so under some policies or in after-call work.
export const WIPING_BYTES: ReadonlySet<string> = new Set(["R", "T", "H", "W", "E", "A", "K", "P"]);
// From the pad: bits of the UART state bitmap (USB PSTN 1.2 table 31).
export const MODEM_BITS = {
  DSR: 2,
  DCD: 1,
  RI: 8,
} as const;

// Panels for which images are built, and what can be fitted: a panel with one of its films.
export const BUILT_PANELS = ["4in2", "2in9"] as const;
export type BuiltPanel = (typeof BUILT_PANELS)[number];
export const DEFAULT_PANEL = "4in2";
export const PANELS = {
  "4in2": {
    image: "4in2",
    controller: "SSD1683",
    film: "GDEY042T81",
    touch: "FT6336U",
    width: 400,
    height: 300,
    title: {
      en: '4.2" reference pad',
      ja: "4.2型（標準）",
    },
    shape: {
      bodyWidth: 104,
      bodyHeight: 136,
      left: 9.6,
      top: 41.1,
      glassWidth: 84.8,
      glassHeight: 63.6,
      keys: {
        away: {
          x: 20,
          y: 26,
          size: 11,
        },
        mode: {
          x: 42,
          y: 26,
          size: 11,
        },
        wipe: {
          x: 84,
          y: 26,
          size: 17.4,
        },
      },
    },
  },
  "2in9": {
    image: "2in9",
    controller: "SSD1680",
    film: "GDEY029T94",
    touch: "ICNT86X",
    width: 296,
    height: 128,
    title: {
      en: '2.9" starter pad',
      ja: "2.9型（入門）",
    },
    shape: {
      bodyWidth: 82,
      bodyHeight: 38,
      left: 3.2,
      top: 4.5,
      glassWidth: 66.89,
      glassHeight: 29.05,
    },
  },
  "2in9-v2": {
    image: "2in9",
    controller: "SSD1680",
    film: "Waveshare 2.9 V2",
    touch: "ICNT86X",
    width: 296,
    height: 128,
    title: {
      en: '2.9", older film',
      ja: "2.9型（旧フィルム）",
    },
    shape: {
      bodyWidth: 82,
      bodyHeight: 38,
      left: 3.2,
      top: 4.5,
      glassWidth: 66.89,
      glassHeight: 29.05,
    },
  },
} as const;
export type PanelName = keyof typeof PANELS;
export const PANEL_NAMES = Object.keys(PANELS) as PanelName[];
