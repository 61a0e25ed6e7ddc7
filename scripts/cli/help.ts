/** The text of `--help`. */
import type { Command } from './command.ts';

export function helpText({
  name,
  summary,
  switches = {},
  settings = {},
  argument,
  examples,
  hasJson,
}: Command): string {
  const rows = [
    ...(argument === undefined ? [] : [[argument.placeholder, argument.summary]]),
    ...Object.entries(settings).map(([key, setting]) => [`--${key} ${setting.placeholder}`, setting.summary]),
    ...Object.entries(switches).map(([key, text]) => [`--${key}`, text]),
    ...(hasJson === false ? [] : [['--json', 'print the result as one JSON document on stdout']]),
    ['--help', 'show this text'],
  ];
  const width = Math.max(...rows.map(([key = '']) => key.length)) + 2;
  const lines = rows.map(([key = '', text = '']) => `  ${key.padEnd(width)}${text}`);
  const choices = [argument, ...Object.values(settings)].flatMap((parameter) =>
    parameter?.choices === undefined ? [] : [`${parameter.placeholder} is one of: ${parameter.choices.join(', ')}\n`],
  );
  const usage = [
    argument && (argument.isRequired === true ? argument.placeholder : `[${argument.placeholder}]`),
    rows.length > 1 && '[OPTIONS]',
  ];
  const words = usage.filter((word) => typeof word === 'string');
  return [
    `${summary}\n`,
    `Usage: ${[`npm run ${name}`, ...(words.length > 0 ? ['--', ...words] : [])].join(' ')}\n`,
    ...choices,
    `Options:\n${lines.join('\n')}\n`,
    `Examples:\n${examples.map((line) => `  ${line}`).join('\n')}\n`,
    `Exit codes: 0 done, 1 unexpected, 2 usage, 3 this machine lacks something, 4 an image or the cluster could not be\nmade, 5 manifests or Pods do not work, 6 not ready in time, 75 another run is at\nwork, 130 interrupted.\n`,
  ].join('\n');
}
