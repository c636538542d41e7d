// SPDX-License-Identifier: MIT
// product, in English: what the pad is and for whom, how it is checked, what it does not do.
import type { ProductTexts } from "../parts";

export const PRODUCT: ProductTexts = {
  navLabel: "On this page",
  navWho: "Who it is for",
  navProof: "Proof",
  navDocs: "Documents",
  language: "Language",
  theme: "Switch between light and dark",
  headline1: "The memo pad that wipes",
  headline2: "itself when the call ends.",
  lead: "Write by hand while you listen. When the call ends, when you leave the seat, when the PC locks, the note goes from the glass and from memory within two seconds.",
  runsHere:
    "The firmware that is flashed to the pad runs in this page, on an emulator. What you write is not stored and not sent.",
  whoTitle: "From the seat to the audit",
  whoOperators: "Operators",
  whoOperatorsText: "Write as on paper and listen to the caller. Nobody has to remember to wipe.",
  whoTrainers: "Supervisors and trainers",
  whoTrainersText:
    "Wipe after the call, wipe when leaving, no pen during a payment: the pad keeps rules of the seat that people had to keep.",
  whoIt: "IT staff",
  whoItText:
    "No radio, no storage, no driver to install. The pad reports three states to the PC and not one byte of the note.",
  whoAudit: "Testers and auditors",
  whoAuditText: "One command repeats every check and leaves a folder of evidence that others can check.",
  proofTitle: "Gone, and checked",
  factCells: "3,480 / 3,480",
  factCellsTitle: "Found first, then gone",
  factCellsText:
    "13 events that end a note, 10 places to look, at easy and at awkward moments. The note is found before the wipe; after it, nowhere.",
  factPairs: "75 / 75",
  factPairsTitle: "Different notes, same pad",
  factPairsText:
    "Two pads with different notes are compared byte for byte after the wipe: 75 pairs, and no byte differs because of the note.",
  factLeaks: "106 / 106",
  factLeaksTitle: "A leak would be noticed",
  factLeaksText:
    "106 copies of the firmware were changed so that each leaks in its own way. The check detected every one.",
  factsFrom:
    'Results of the 4.2" pad (Pico) on emulators, 2 December 2026. The 2.9" pad wipes within five seconds. No pad has been measured on hardware yet.',
  limitsTitle: "What it does not do",
  limit1: "It is not for card numbers. Do not write them, wiped or not.",
  limit2: "While the note is there, a camera or a neighbour can read it.",
  limit3: "A person who opens the case during a call can read the memory.",
  limit4: "Without a hold-up capacitor, a pulled plug leaves the note on the glass until power is back.",
  docsTitle: "Documents",
  docCard: "Operator's card (A5, to print)",
  docScreens: "What the screen says",
  docTrainers: "Rules of the seat, training in 15 minutes",
  docFaq: "Questions and answers",
  docIt: "IT guide",
  docAgent: "The agent and softphones",
  docTesters: "Guide for testers and auditors",
  docAll: "All documents",
  about3:
    "Do not write real callers' data in a browser. For the search, this tab keeps a copy of your strokes until you reload the page or drop the copy.",
};
