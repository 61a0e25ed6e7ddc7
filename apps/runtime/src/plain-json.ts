/** What JSON allows in a string but a terminal may obey: DEL, the C1 controls, and what turns the direction of the text. */
const HARMFUL = /[\u007F-\u009F\u2028\u2029\p{Bidi_Control}]/gu;

/** The same JSON, with those characters escaped; the others of the kind JSON escapes by itself. */
export function toPlainJson(json: string): string {
  return json.replaceAll(HARMFUL, (character) => {
    return String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
