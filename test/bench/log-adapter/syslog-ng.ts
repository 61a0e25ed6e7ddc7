/** syslog-ng: a file source, csv-parser (as its own parser of access logs does) or json-parser, and format-json. */
import type { CaseName } from './cases.ts';
import type { SubjectPaths } from './subjects.ts';

interface Recipe {
  readonly source: string;
  readonly parsers: readonly string[];
}

const RECIPES: Readonly<Record<CaseName, Recipe>> = {
  'combined access lines': {
    source: '',
    parsers: [
      `csv-parser(columns("client_address", "ident", "user", "time", "request", "http_status", "bytes_out", "referer",
        "user_agent") delimiters(" ") quote-pairs('""[]') flags(escape-none) prefix("f."))`,
      `csv-parser(columns("http_method", "url_path", "http_version") delimiters(" ") flags(escape-none)
        template("\${f.request}") prefix("f."))`,
    ],
  },
  'JSON lines': { source: '', parsers: ['json-parser(prefix("f."))'] },
  'multi-line events': {
    source: 'multi-line-mode(prefix-garbage) multi-line-prefix("^[0-9]{4}-")',
    parsers: [
      `csv-parser(columns("date", "clock", "level", "thread", "logger", "dash", "msg") delimiters(" ")
        quote-pairs('[]') flags(escape-none, greedy) prefix("f."))`,
    ],
  },
};

export function syslogNgConfig({ logFile }: SubjectPaths, caseName: CaseName): Record<string, string> {
  const { source, parsers } = RECIPES[caseName];
  const config = `@version: 4.8
options { stats(freq(0)); };
log {
  source { file("${logFile}" flags(no-parse) read-old-records(yes) follow-freq(0.05) log-fetch-limit(1000)
    log-iw-size(10000) log-msg-size(65536) ${source}); };
${parsers.map((parser) => `  parser { ${parser}; };`).join('\n')}
  destination { file("/dev/stdout" template("$(format-json --rekey f.* --shift 2 f.*)\\n")); };
};
`;
  return { 'syslog-ng.conf': config };
}
