/** Compares the JSON document of a command with what docs/json.md says of it. */

export interface DocumentedField {
  /** `images[].name`; `*` stands for any name. */
  readonly path: string;
  readonly isOptional: boolean;
  /** Whatever is below it is not documented. */
  readonly isAny: boolean;
}

/** The fields of every document and of this command's; a problem's are put where the page refers to them. */
export function documentedFields(page: string, command: string): DocumentedField[] {
  const problem = tableBelow(page, 'A problem');
  return [...tableBelow(page, 'Every document'), ...tableBelow(page, `\`${command}\``)].flatMap((field) =>
    field.type.includes('#a-problem')
      ? problem.map(({ path, ...rest }) => ({ ...rest, path: `${field.path}.${path}`, isOptional: true }))
      : [field],
  );
}

function tableBelow(page: string, heading: string) {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const [own = ''] = section.split('\n## ');
  return [...own.matchAll(/^\| `([^`]+)`(\??) \| (.*?) \|/gm)].map(([, path = '', mark, type = '']) => ({
    path,
    type,
    isOptional: mark === '?',
    isAny: type === 'any',
  }));
}

/** What is printed and not documented, and what is documented, not optional, and not printed. */
export function compareFields(fields: readonly DocumentedField[], document: unknown): string[] {
  const printed = [...new Set(leavesOf(document, ''))];
  const matches = ({ path, isAny }: DocumentedField, leaf: string) => {
    const pattern = path.replaceAll(/[.[\]]/g, String.raw`\$&`).replaceAll('*', '[^.]+');
    // A list that is empty shows nothing of what is in it.
    return new RegExp(`^${pattern}${isAny ? String.raw`(?:[.[].*)?` : ''}$`).test(leaf) || path.startsWith(`${leaf}.`);
  };
  const isShown = (field: DocumentedField) =>
    printed.some((leaf) => matches(field, leaf) || (leaf.endsWith('[]') && field.path.startsWith(leaf)));
  return [
    ...printed
      .filter((leaf) => !fields.some((field) => matches(field, leaf)))
      .map((leaf) => `${leaf} is not documented`),
    ...fields.filter((field) => !field.isOptional && !isShown(field)).map(({ path }) => `${path} is not printed`),
  ];
}

/** The paths of all values that are no lists or objects, and of those that are empty. */
function leavesOf(value: unknown, path: string): string[] {
  if (Array.isArray(value)) {
    return value.length === 0 ? [`${path}[]`] : value.flatMap((item) => leavesOf(item, `${path}[]`));
  }
  if (typeof value !== 'object' || value === null) return [path];
  const entries = Object.entries(value);
  if (entries.length === 0) return [`${path}.*`];
  return entries.flatMap(([key, member]) => {
    // A dot in a name, as of a file, begins no member.
    const name = key.replaceAll('.', '_');
    return leavesOf(member, path === '' ? name : `${path}.${name}`);
  });
}
