// SPDX-License-Identifier: MIT
// dom: elements of index.html by their id.

// Throws Error when index.html has no such element, which is a bug of the page.
export function find<T extends HTMLElement>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`index.html has no ${kind.name} #${id}`);
  return element;
}

// Sets a text only if it differs: screen readers announce each change.
export function put(place: HTMLElement, text: string): void {
  if (place.textContent !== text) place.textContent = text;
}
