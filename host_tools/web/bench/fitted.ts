// SPDX-License-Identifier: MIT
// fitted: glass, controller, touch chip and picture size of each pad.

import type { Clock } from "./clock.js";
import type { PanelName } from "./contract.js";
import { Controller } from "./panel/controller.js";
import { Glass } from "./panel/glass.js";
import { GDEY029T94, GDEY042T81, SSD1680, SSD1683, WAVESHARE_V2 } from "./panel/silicon.js";
import type { Random } from "./random.js";
import { Ft6336u } from "./touch/ft6336u.js";
import { Icnt86x } from "./touch/icnt86x.js";
import type { TouchChip } from "./touch/touch.js";

export interface Module {
  glass: Glass;
  panel: Controller;
  touch: TouchChip;
  widthMm: number; // active area
  heightMm: number;
}

export function fit(name: PanelName, clock: Clock, random: Random, temperatureC: number): Module {
  const silicon = name === "4in2" ? SSD1683 : SSD1680;
  const film = { "4in2": GDEY042T81, "2in9": GDEY029T94, "2in9-v2": WAVESHARE_V2 }[name];
  const glass = new Glass(silicon.glass.width, silicon.glass.height);
  const panel = new Controller(clock, glass, silicon, film, random, temperatureC);
  if (name === "4in2") {
    const touch = new Ft6336u(clock, () => random.next() < 0.5);
    return { glass, panel, touch, widthMm: 84.8, heightMm: 63.6 };
  }
  return { glass, panel, touch: new Icnt86x(clock), widthMm: 66.89, heightMm: 29.05 };
}
