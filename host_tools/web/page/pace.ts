// SPDX-License-Identifier: MIT
// pace: how fast the pad runs against real time, as chosen; faster while it boots.
import type { Command } from "../bench/contract";
import { find } from "./dom";

const BOOT_SPEED = 4; // nobody can write yet: the pad starts as fast as the machine allows, up to this

export class Pace {
  private readonly choice = find("pace", HTMLSelectElement);
  private booting = true;

  // asked: hears each speed, in emulated seconds per second.
  constructor(
    private readonly send: (command: Command) => void,
    private readonly asked: (speed: number) => void,
  ) {
    this.choice.addEventListener("change", () => this.set());
  }

  // A new pad boots.
  begin(): void {
    this.booting = true;
    this.set();
  }

  // A report of the pad, which is ready once it says DSR.
  follow(dsr: boolean): void {
    if (!this.booting || !dsr) return;
    this.booting = false;
    this.set();
  }

  toggle(): void {
    this.choice.value = this.choice.value === "0" ? "1" : "0";
    this.set();
  }

  private set(): void {
    const chosen = Number(this.choice.value);
    const speed = this.booting && chosen === 1 ? BOOT_SPEED : chosen;
    this.asked(speed);
    this.send({ type: "pace", speed });
  }
}
