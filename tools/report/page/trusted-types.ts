/** What shows the direction that a column is sorted in: the only markup of ours that comes as text, to the library of tables. */
export const SORT_ARROW = '<i class="sort-arrow"></i>';

/** Markup that the library of tables writes itself: no text, no attribute that does anything. */
const HARMLESS = /^(?:[^<>&]*|&nbsp;|<div class=['"][\w -]*['"]><\/div>)$/;

interface TrustedTypes {
  createPolicy(name: string, rules: { createHTML(text: string): string }): unknown;
}

/**
 * The page's policy lets text become markup by the policy `default` alone (W3C Trusted Types), which takes what is known to be harmless:
 * whatever a tape's text may reach, it stays text. Browsers that do not know of it have the rest of the content security policy.
 */
export function allowOwnMarkup(): void {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  trustedTypes?.createPolicy('default', {
    createHTML(text) {
      if (text === SORT_ARROW || HARMLESS.test(text)) return text;
      throw new TypeError(`no markup of this page: ${text.slice(0, 100)}`);
    },
  });
}
