/** What comes from containers and the cluster is shown, never obeyed. */

/** Control characters, but for tab and line break; and those that reverse the direction of what follows. */
const CONTROLS = /[^\P{Cc}\n\t]|[\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** Makes them visible (`\x1b`, `\u202e`), so that they cannot move the cursor, forge a line or hide one. */
export function escapeControls(text: string): string {
  return text.replaceAll(CONTROLS, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
  });
}
