// SPDX-License-Identifier: MIT
// line_play: plays reports on the state machine of @kesu/line: stories as JSON on stdin, what each step sent on stdout.
// tests/web/test_line_agrees_with_agent.py compares that with the agent.
import { readFileSync } from "node:fs";
import { type Bounds, PadCalls, type Report, type Several, SourceView, type WrapUp } from "../line/calls";

interface Story {
  several: Several;
  sources: { [name: string]: { bounds: Bounds; wrapUp: WrapUp } };
  /** At `at` in seconds: a report of a source; without one the time bounds are applied. */
  steps: { at: number; source?: string; report?: Report }[];
}

function play(story: Story): string[] {
  const views = Object.entries(story.sources).map(
    ([name, { bounds, wrapUp }]) => [name, new SourceView(bounds, wrapUp)] as const,
  );
  const calls = new PadCalls(new Map(views), story.several);
  return story.steps.map(({ at, source, report }) => {
    const sent = source && report ? calls.take(source, report, at) : calls.tick(at);
    return `${sent} ${calls.state} ${calls.dtr} ${calls.again()}`;
  });
}

const stories: Story[] = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(stories.map(play)));
