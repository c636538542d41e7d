// SPDX-License-Identifier: MIT
// settings: what the managed policy of the extension says (managed.schema.json).

export const ADAPTERS = [
  "amazon-connect",
  "genesys-cloud",
  "zoom-contact-center",
  "zoom-phone",
  "messages",
] as const;

export interface PageSetting {
  readonly match: string;
  readonly adapter: (typeof ADAPTERS)[number];
  readonly origins: readonly string[];
}
export interface Settings {
  readonly pages: readonly PageSetting[];
  readonly screen: boolean;
}

const isText = (value: unknown): value is string => typeof value === "string";

/** The settings in a policy. A page with an unknown adapter or a pattern for other schemes than https is left out: a pad
 * whose page is not watched stays down. */
export function settingsOf(policy: { pages?: unknown; screen?: unknown }): Settings {
  const pages = (Array.isArray(policy.pages) ? policy.pages : []).filter(
    (page): page is PageSetting =>
      typeof page === "object" &&
      page !== null &&
      isText(page.match) &&
      /^https:\/\/(\*\.)?[a-z0-9.-]+\/\S*$/.test(page.match) &&
      ADAPTERS.includes(page.adapter) &&
      (page.origins === undefined || (Array.isArray(page.origins) && page.origins.every(isText))),
  );
  return {
    pages: pages.map(({ match, adapter, origins = [] }) => ({ match, adapter, origins })),
    screen: policy.screen !== false,
  };
}
