/**
 * syslog-ng: a file source, csv-parser (as its own parser of access logs does) with date-parser, or json-parser, and
 * format-json, with the time in the same form, a level, and where the event comes from.
 */
import type { CaseName } from './cases.ts';
import type { SubjectPaths } from './subjects.ts';

interface Recipe {
  readonly source: string;
  readonly parsers: readonly string[];
  /** Arguments of format-json. */
  readonly output: string;
}

const RECIPES: Readonly<Record<CaseName, Recipe>> = {
  'combined access lines': {
    source: '',
    parsers: [
      `csv-parser(columns("client_address", "ident", "user", "time", "request", "http_status", "bytes_out", "referer",
        "user_agent") delimiters(" ") quote-pairs('""[]') flags(escape-none) prefix("f."))`,
      `csv-parser(columns("http_method", "url_path", "url_query", "http_version") delimiters(chars(" ?"))
        flags(escape-none) template("\${f.request}") prefix("f."))`,
      'date-parser(format("%d/%b/%Y:%H:%M:%S %z") template("${f.time}"))',
    ],
    output: `level=$(if ("\${f.http_status}" >= 500) "error" $(if ("\${f.http_status}" >= 400) "warn" "info"))
      time=$S_ISODATE client_address=\${f.client_address} user_name=\${f.user} http_method=\${f.http_method}
      url_path=\${f.url_path} url_query=\${f.url_query} http_version=$(substr "\${f.http_version}" 5)
      http_status=int(\${f.http_status}) response_bytes=int(\${f.bytes_out}) referer=\${f.referer}
      user_agent=\${f.user_agent} msg=\${f.request}`,
  },
  'JSON lines': { source: '', parsers: ['json-parser(prefix("f."))'], output: '--rekey f.* --shift 2 f.*' },
  'multi-line events': {
    source: 'multi-line-mode(prefix-garbage) multi-line-prefix("^[0-9]{4}-")',
    parsers: [
      `csv-parser(columns("date", "clock", "level", "thread", "logger", "dash", "text") delimiters(" ")
        quote-pairs('[]') flags(escape-none, greedy) prefix("f."))`,
      `csv-parser(columns("msg", "stack") delimiters(chars("\\n")) quote-pairs('') flags(escape-none, greedy)
        template("\${f.text}") prefix("f."))`,
      'date-parser(format("%Y-%m-%d %H:%M:%S,%f") template("${f.date} ${f.clock}") time-zone("UTC"))',
    ],
    output: `level=$(lowercase \${f.level}) time=$S_ISODATE logger=\${f.logger} thread=\${f.thread} stack=\${f.stack}
      msg=\${f.msg}`,
  },
};

export function syslogNgConfig({ logFile }: SubjectPaths, caseName: CaseName): Record<string, string> {
  const { source, parsers, output } = RECIPES[caseName];
  const json = `$(format-json ${output} service=app log_file=${logFile} observed_time=$R_ISODATE)`;
  const template = json.replaceAll(/\s+/g, ' ').replaceAll('"', String.raw`\"`);
  const config = `@version: 4.8
options { stats(freq(0)); frac-digits(3); };
log {
  source { file("${logFile}" flags(no-parse) read-old-records(yes) follow-freq(0.05) log-fetch-limit(1000)
    log-iw-size(10000) log-msg-size(65536) ${source}); };
${parsers.map((parser) => `  parser { ${parser}; };`).join('\n')}
  destination { file("/dev/stdout" template("${template}\\n")); };
};
`;
  return { 'syslog-ng.conf': config };
}
