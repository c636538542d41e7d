// SPDX-License-Identifier: MIT
// usb_host: the PC at the other end of the cable. It enumerates the pad, opens its port, sends call bytes, reads
// the three modem bits, and counts every other byte the pad sends (there must be none).
//
// Like on a real bus, it sends to an OUT endpoint only when there is data. Sources: USB 2.0
// §7.1.7 (attach, reset, suspend) and §9; PSTN 1.2 §6.3 and §6.5 (line state, SERIAL_STATE).

import { type BusListener, SIE_RESUME, SIE_SUSPENDED, type UsbBlock } from "../chip/usb_block.js";
import { type Alarm, type Clock, NS_PER_MS, NS_PER_US } from "../clock.js";
import { MODEM_BITS } from "../spec.gen.js";
import { type Configuration, configurationFrom, NO_CONFIGURATION } from "./descriptors.js";

const DEBOUNCE_NS = 100 * NS_PER_MS; // TATTDB, table 7-14
const RECOVERY_NS = 10 * NS_PER_MS; // TRSTRCY
const ADDRESS_NS = 2 * NS_PER_MS; // §9.2.6.3
const SUSPEND_NS = 3 * NS_PER_MS; // §7.1.7.6
const STATUS_NS = 20 * NS_PER_US; // rp2040js completes a transfer in 10 µs

const GET_DESCRIPTOR = 6,
  SET_ADDRESS = 5,
  SET_CONFIGURATION = 9;
const DEVICE = 1,
  CONFIGURATION = 2;
const SET_CONTROL_LINE_STATE = 0x22,
  SERIAL_STATE = 0x20;

interface Transfer {
  setup: Uint8Array;
  data: number[];
  done: (data: Uint8Array, stalled: boolean) => void;
  stalled: boolean;
}

export interface ModemBits {
  dcd: boolean;
  dsr: boolean;
  ri: boolean;
}

const NO_BITS: ModemBits = { dcd: false, dsr: false, ri: false };

export class UsbHost implements BusListener {
  attached = false;
  suspended = false;
  enumerated = false;
  dtr = false;
  bits: ModemBits = NO_BITS;
  bulkIn = 0; // bytes on any endpoint but control and notification
  sent: number[] = []; // every byte that the pad has sent outside control transfers, in order
  notifications: { ns: number; bits: number }[] = []; // every SERIAL_STATE, changed or not
  onEnumerated: () => void = () => {};
  onBits: (now: ModemBits, before: ModemBits) => void = () => {};
  onBulkIn: () => void = () => {};
  private block: UsbBlock | null = null;
  private present = false;
  private configuration: Configuration = NO_CONFIGURATION;
  private queue: Transfer[] = [];
  private active: Transfer | null = null;
  private toSend: number[] = [];
  private listening: number | null = null; // size of the pad's armed OUT buffer
  private notification: number[] = [];
  private alarms: Alarm[] = [];

  constructor(private readonly clock: Clock) {}

  // The chip was reset: the device is gone until it pulls D+ up.
  connect(block: UsbBlock): void {
    this.vanished();
    this.block = block;
    block.listener = this;
    block.onResetReceived = () => this.deviceWasReset();
    block.onEndpointWrite = (endpoint, data) => this.received(endpoint, data);
    block.onEndpointRead = (endpoint, size) => this.listens(endpoint, size);
  }

  attach(): void {
    if (this.attached) return;
    this.attached = true;
    if (this.block?.pulledUp) this.pullUpChanged(true);
  }

  // The data lines are disconnected: a pad that still has power sees a silent bus.
  detach(): void {
    if (!this.attached) return;
    this.attached = false;
    const { present } = this;
    this.vanished();
    if (present) this.later(SUSPEND_NS, () => this.block?.signal(SIE_SUSPENDED));
  }

  sleep(): void {
    this.suspended = true;
    this.later(SUSPEND_NS, () => this.block?.signal(SIE_SUSPENDED));
  }

  wake(): void {
    this.suspended = false;
    this.block?.signal(SIE_RESUME);
    this.next();
  }

  // Open or close the port: sets the line state.
  setDtr(high: boolean): void {
    this.dtr = high;
    if (this.present)
      this.control([
        0x21,
        SET_CONTROL_LINE_STATE,
        high ? 1 : 0,
        0,
        this.configuration.controlInterface,
        0,
        0,
        0,
      ]);
  }

  send(bytes: number[]): boolean {
    if (this.configuration.bulkOut === null) return false;
    this.toSend.push(...bytes);
    this.feed();
    return true;
  }

  // ---- what the pad does ------------------------------------------------------------------------

  pullUpChanged(up: boolean): void {
    if (!this.attached || up === this.present) return;
    if (!up) {
      this.vanished();
      return;
    }
    this.present = true;
    this.later(DEBOUNCE_NS, () => this.block?.resetDevice());
  }

  controlStalled(): void {
    const { active } = this;
    if (!active || active.stalled) return; // both directions stall, one after the other
    active.stalled = true;
    this.later(STATUS_NS, () => this.finish());
  }

  vanished(): void {
    for (const alarm of this.alarms) alarm.cancel();
    this.alarms = [];
    this.present = this.enumerated = this.dtr = false;
    this.configuration = NO_CONFIGURATION;
    this.queue = [];
    this.active = null;
    this.toSend = [];
    this.listening = null;
    this.notification = [];
    this.setBits(NO_BITS);
  }

  private deviceWasReset(): void {
    if (!this.attached) return;
    this.later(RECOVERY_NS, () => this.enumerate());
  }

  private enumerate(): void {
    const describe = (kind: number, length: number, then: (data: Uint8Array) => void) =>
      this.control([0x80, GET_DESCRIPTOR, 0, kind, 0, 0, length & 0xff, length >> 8], then);
    describe(DEVICE, 18, () =>
      this.control([0, SET_ADDRESS, 1, 0, 0, 0, 0, 0], () =>
        this.later(ADDRESS_NS, () =>
          describe(CONFIGURATION, 9, (head) =>
            describe(CONFIGURATION, head[2]! | (head[3]! << 8), (whole) => {
              this.configuration = configurationFrom(whole);
              this.control([0, SET_CONFIGURATION, this.configuration.value, 0, 0, 0, 0, 0], () => {
                this.enumerated = true;
                this.onEnumerated();
              });
            }),
          ),
        ),
      ),
    );
  }

  // ---- control transfers ------------------------------------------------------------------------

  private control(setup: number[], then: (data: Uint8Array) => void = () => {}): void {
    this.queue.push({
      setup: Uint8Array.from(setup),
      data: [],
      stalled: false,
      done: (data, stalled) => {
        if (!stalled) then(data);
      },
    });
    this.next();
  }

  private next(): void {
    if (this.active || !this.present || this.suspended) return;
    this.active = this.queue.shift() ?? null;
    if (this.active) this.block?.sendSetupPacket(this.active.setup);
  }

  private finish(): void {
    const { active } = this;
    this.active = null;
    active?.done(Uint8Array.from(active.data), active.stalled);
    this.next();
  }

  private received(endpoint: number, data: Uint8Array): void {
    if (!this.attached) return; // rp2040js accepts every armed buffer, even without a cable
    if (endpoint === 0) {
      const { active } = this;
      if (!active) return;
      if (active.setup[0]! & 0x80) active.data.push(...data);
      else this.finish(); // the status stage of a write
      return;
    }
    this.sent.push(...data);
    if (endpoint === this.configuration.notificationIn) {
      this.notified(data);
      return;
    }
    this.bulkIn += data.length;
    this.onBulkIn();
  }

  private listens(endpoint: number, size: number): void {
    if (endpoint !== 0) {
      if (endpoint !== this.configuration.bulkOut && this.configuration.bulkOut !== null) return;
      this.listening = size;
      this.feed();
      return;
    }
    if (!this.active || !this.attached) return;
    this.block?.endpointReadDone(0, new Uint8Array(0));
    // For a read this was the status stage; writes here have no data stage.
    if (this.active.setup[0]! & 0x80) this.later(STATUS_NS, () => this.finish());
  }

  private feed(): void {
    const { bulkOut } = this.configuration;
    if (
      bulkOut === null ||
      this.listening === null ||
      !this.toSend.length ||
      !this.attached ||
      this.suspended
    )
      return;
    const packet = Uint8Array.from(this.toSend.splice(0, this.listening));
    this.listening = null;
    this.block?.endpointReadDone(bulkOut, packet);
  }

  // SERIAL_STATE: 8 bytes of header, then the bits (PSTN 1.2 table 31).
  private notified(data: Uint8Array): void {
    this.notification.push(...data);
    while (this.notification.length >= 8) {
      const length = 8 + (this.notification[6]! | (this.notification[7]! << 8));
      if (this.notification.length < length) return;
      const message = this.notification.splice(0, length);
      const bits = message[8] ?? 0;
      if (message[1] !== SERIAL_STATE) continue;
      this.notifications.push({ ns: this.clock.now, bits });
      this.setBits({
        dcd: !!(bits & MODEM_BITS.DCD),
        dsr: !!(bits & MODEM_BITS.DSR),
        ri: !!(bits & MODEM_BITS.RI),
      });
    }
  }

  private setBits(now: ModemBits): void {
    const before = this.bits;
    this.bits = now;
    if (now.dcd !== before.dcd || now.dsr !== before.dsr || now.ri !== before.ri) this.onBits(now, before);
  }

  private later(ns: number, action: () => void): void {
    this.alarms.push(this.clock.after(ns, action));
    if (this.alarms.length > 64) this.alarms.splice(0, 32); // long over
  }
}
