// SPDX-License-Identifier: MIT
// genesys_cloud: the embeddable framework of Genesys Cloud in a frame. Its framework.js posts the subscriptions
// `Interaction` and `UserAction` as JSON texts (MyPureCloud/purecloud-embeddable-framework-example, src/framework.js);
// fields of an interaction: developer.genesys.cloud, "Condensed conversation information". Proof: a message of the
// framework. It sends none between calls, so the proof is kept for half an hour, or until the frame loads again.
import { isRecord, listen, RARELY, type Source, say } from "../source";
import type { Word } from "../tables.gen";

export interface GenesysOptions {
  /** Origin of the frame, such as `https://apps.mypurecloud.jp`. */
  readonly origins: readonly string[];
  readonly frame?: HTMLIFrameElement;
}

const NO_CALL = ["isChat", "isEmail", "isMessage", "isVoicemail"];
const AWAY = ["AWAY", "BREAK", "BUSY", "MEAL", "MEETING", "OFFLINE", "TRAINING"];

function wordOf(interaction: Record<string, unknown>): Word {
  if (interaction.isDone === true) return "end";
  if (interaction.isDisconnected === true) return "wrapup";
  return interaction.isConnected === true ? "start" : "ring";
}

export function genesysCloud(options: GenesysOptions): Source {
  return {
    bounds: RARELY,
    start(send) {
      const open = new Set<string>();
      let away = false;
      const rest = () => {
        if (open.size) return;
        say(send, "ready");
        if (away) say(send, "away");
      };
      const ofCall = (data: Record<string, unknown>) => {
        // `change` has the interaction before and after it.
        const interaction = isRecord(data.new) ? data.new : data;
        if (NO_CALL.some((kind) => interaction[kind] === true)) return;
        const id = interaction.id ?? (isRecord(data.old) ? data.old.id : undefined);
        const done = interaction.isDone === true;
        if (typeof id === "string") {
          if (done) open.delete(id);
          else open.add(id);
          say(send, wordOf(interaction), id);
        } else if (id === undefined && done) {
          open.clear(); // which one is done is not said: all are
          say(send, "end");
        } else return say(send, "lost");
        if (done) rest();
      };
      const ofUser = (category: unknown, data: unknown) => {
        if (category === "status" && isRecord(data) && typeof data.status === "string") {
          away = AWAY.includes(data.status.toUpperCase());
          if (open.size && away) say(send, "away");
          else rest();
        } else say(send, "alive");
      };
      return listen(options, send, (data) => {
        if (typeof data !== "string") return;
        const message: unknown = JSON.parse(data);
        if (!isRecord(message)) return;
        const { type, data: said } = message;
        if (type === "interactionSubscription") {
          if (!isRecord(said) || !isRecord(said.interaction)) return say(send, "lost");
          ofCall(said.interaction);
        } else if (type === "userActionSubscription" && isRecord(said)) ofUser(said.category, said.data);
      });
    },
  };
}
