// SPDX-License-Identifier: MIT
// practice, in English: calls to practise.
import type { PracticeTexts } from "../parts";

export const PRACTICE: PracticeTexts = {
  practiceSound: "ring tone",
  practiceStart: "Practise a call",
  practiceEnd: "End the practice",
  practiceSay: {
    waiting: "The practice is being prepared.",
    ring: "The phone rings.",
    talk: "The caller is on the line.",
    hold: "The caller is on hold.",
    back: "You are back on the line.",
    work: "The call is over.",
    between: "The note is gone.",
    over: "The practice is over.",
  },
  practiceSub: {
    waiting: "",
    ring: "Answer, and the call begins.",
    talk: "Write name, number and reason on the pad.",
    hold: "The note stays while you look something up.",
    back: "Repeat what you wrote. Let the caller hang up first.",
    work: "Key the note into the record; the pad counts down.",
    between: "Wait for the next call.",
    over: "In a real call, too, the pad wipes by itself. Do not write card numbers.",
  },
  practiceGo: {
    waiting: "Preparing ...",
    ring: "Answer",
    talk: "Put on hold",
    hold: "End the hold",
    back: "Hang up",
    work: "End after-call work",
    between: "Waiting",
    over: "Practise again",
  },
  practiceTasks: {
    written: "Write the reason for the call on the pad",
    held: "Keep the note while the caller is on hold",
    worked: "Key it in during after-call work",
    gone: "Check that the note is gone",
  },
  practiceThanks: "“Thank you for checking. That is right.”",
  callers: [
    "“My name is Yamada. It is about an invoice. Please call me back at 17:30, on 090-0123-4567.”",
    "“Sato here. The colour of what I received is wrong, and I would like another one. 090-0222-3344.”",
    "“Suzuki speaking. My address has changed. Please call 090-0555-1212 tomorrow after 10.”",
  ],
  practiceCall: (call, calls) => `Practice, call ${call} of ${calls}`,
  practiceLeft: (text, seconds) => `${text} (${seconds} s left)`,
};
