// SPDX-License-Identifier: MIT
// fitted: glass, controller, touch chip and picture size of each pad.

import type { Clock } from "./clock.js";
import type { PanelName } from "./contract.js";
import { Controller } from "./panel/controller.js";
import { Glass } from "./panel/glass.js";
import { GDEY029T94, GDEY042T81, SSD1680, SSD1683, WAVESHARE_V2 } from "./panel/silicon.js";
import type { Random } from "./random.js";
import { PANELS } from "./spec.gen.js";
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

// Models by the names in spec.gen.ts.
const CONTROLLERS = { SSD1683, SSD1680 };
const FILMS = new Map([GDEY042T81, GDEY029T94, WAVESHARE_V2].map((film) => [film.name, film]));
const TOUCH_CHIPS = {
  FT6336U: (clock: Clock, random: Random, width: number, height: number) =>
    new Ft6336u(clock, () => random.next() < 0.5, width, height),
  ICNT86X: (clock: Clock, _random: Random, width: number, height: number) =>
    new Icnt86x(clock, width, height),
};

export function fit(name: PanelName, clock: Clock, random: Random, temperatureC: number): Module {
  const { controller, film, touch, width, height, shape } = PANELS[name];
  const glass = new Glass(width, height);
  const panel = new Controller(clock, glass, CONTROLLERS[controller], FILMS.get(film)!, random, temperatureC);
  return {
    glass,
    panel,
    touch: TOUCH_CHIPS[touch](clock, random, width, height),
    widthMm: shape.glassWidth,
    heightMm: shape.glassHeight,
  };
}
