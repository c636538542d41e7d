// SPDX-License-Identifier: MIT
// ring_tone: rings like a telephone in Japan, made by an oscillator: no file is loaded. Off unless somebody asks for it.

const TONE_HZ = 400; // modulated with 16 Hz, 1 s of ringing in 3 s (NTT, technical reference of the telephone service)
const MODULATION_HZ = 16;
const LOUD = 0.06;
const ON_S = 1;
const PERIOD_MS = 3_000;

export class RingTone {
  private context: AudioContext | null = null;
  private timer: number | null = null;

  // Begins or ends the ringing; asking again changes nothing.
  ring(on: boolean): void {
    if (on === (this.timer !== null)) return;
    if (on) {
      this.once();
      this.timer = window.setInterval(() => this.once(), PERIOD_MS);
      return;
    }
    if (this.timer !== null) window.clearInterval(this.timer);
    this.timer = null;
    void this.context?.close();
    this.context = null;
  }

  private once(): void {
    this.context ??= new AudioContext();
    const { context } = this;
    const [tone, modulation] = [context.createOscillator(), context.createOscillator()];
    const [volume, depth] = [context.createGain(), context.createGain()];
    tone.frequency.value = TONE_HZ;
    modulation.frequency.value = MODULATION_HZ;
    volume.gain.value = LOUD;
    depth.gain.value = LOUD;
    modulation.connect(depth).connect(volume.gain);
    tone.connect(volume).connect(context.destination);
    for (const each of [tone, modulation]) {
      each.start();
      each.stop(context.currentTime + ON_S);
    }
  }
}
