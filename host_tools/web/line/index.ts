// SPDX-License-Identifier: MIT
// index: @kesu/line. docs/browser.md explains it.
export type { Bounds, Report, Several, WrapUp } from "./calls";
export { KesuLine, type Options, type SourceStatus, type Status, type WorkerLike } from "./line";
export type { Happening, PortState } from "./messages";
export type { Bits } from "./serial";
export type { Send, Source } from "./source";
export { type AmazonConnect, amazonConnect } from "./sources/amazon_connect";
export { callEvents, callMessages, type MessageOptions } from "./sources/events";
export { type GenesysOptions, genesysCloud } from "./sources/genesys_cloud";
export { type ConsoleCti, salesforceConsole, salesforceVoice } from "./sources/salesforce";
export { requestScreen, screen } from "./sources/screen";
export { type TwilioDevice, twilioVoice } from "./sources/twilio_voice";
export { type ZoomOptions, zoomContactCenter, zoomPhone } from "./sources/zoom";
export { type State, WORDS, type Word } from "./tables.gen";
