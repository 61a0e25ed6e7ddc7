/**
 * rsyslog: imfile reads, mmnormalize (liblognorm) or mmjsonparse takes the fields out, omfile writes them as JSON, with
 * the time in the same form, a level, and where the event comes from. Templates of pieces are the quickest way to do that:
 * its functions for JSON take almost twice as long. It looks at intervals, and each time reads to the end: for notices it
 * needs an inotify instance, of which a machine with many containers may have none left, and then it would wait for ever.
 */
import type { CaseName } from './cases.ts';
import type { SubjectPaths } from './subjects.ts';

interface Recipe {
  /** Options of the input. */
  readonly input?: string;
  /** The rule of liblognorm; without one, a line is JSON, and what it becomes is all that is in it. */
  readonly rule?: string;
  readonly script?: string;
  /** What an event becomes, without the braces: text, and between signs of percent names of properties with options. */
  readonly output?: string;
}

const RECIPES: Readonly<Record<CaseName, Recipe>> = {
  'combined access lines': {
    rule:
      '%client_address:word% %ident:word% %user_name:word% ' +
      String.raw`[%day:char-to:/%/%month:char-to:/%/%year:char-to:\x3a%:%clock:word% %zone:char-to:]%] ` +
      '"%http_method:word% %url_path:char-sep:? %%url_query:char-sep: % HTTP/%http_version:char-to:"%" ' +
      '%http_status:number% %response_bytes:number% "%referer:char-to:"%" "%user_agent:char-to:"%"',
    script: `
  set $.month = lookup("months", $!month);
  if ($!http_status >= 500) then set $.level = "error";
  else if ($!http_status >= 400) then set $.level = "warn";
  else set $.level = "info";`,
    output:
      '"level":"%$.level%","time":"%$!year%-%$.month%-%$!day%T%$!clock%.000Z","client_address":"%$!client_address json%",' +
      '"user_name":"%$!user_name json%","http_method":"%$!http_method json%","url_path":"%$!url_path json%",' +
      '"url_query":"%$!url_query json 2%","http_version":"%$!http_version json%","http_status":%$!http_status%,' +
      '"response_bytes":%$!response_bytes%,"referer":"%$!referer json%","user_agent":"%$!user_agent json%",' +
      '"msg":"%$!http_method json% %$!url_path json%%$!url_query json% HTTP/%$!http_version json%",',
  },
  'JSON lines': {},
  'multi-line events': {
    input: 'startmsg.regex="^[0-9]{4}-" readTimeout="1" escapeLF="off"',
    rule:
      '%date:word% %clock:char-to:,%,%ms:word% %level:word% [%thread:char-to:]%] %logger:word% - ' +
      String.raw`%msg:char-to:\x0a%%stack:rest%`,
    output:
      '"level":"%$!level lower%","time":"%$!date%T%$!clock%.%$!ms%Z","logger":"%$!logger json%",' +
      '"thread":"%$!thread json%","stack":"%$!stack json 2%","msg":"%$!msg json%",',
  },
};

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const OPTIONS: Readonly<Record<string, string>> = {
  json: 'format="json"',
  lower: 'caseConversion="lower"',
  time: 'dateFormat="rfc3339"',
  // The first character is left out: the question mark of a query, the line feed before a stack trace, a brace.
  '2': 'position.from="2"',
};

/** The pieces of a template. */
function pieces(output: string): string {
  const parts = output.split('%').map((part, index) => {
    if (index % 2 === 0) return part === '' ? '' : `constant(value=${JSON.stringify(part)})`;
    const [name, ...options] = part.split(' ');
    return `property(name="${name}" ${options.map((option) => OPTIONS[option]).join(' ')})`;
  });
  return parts.filter((part) => part !== '').join('\n  ');
}

export function rsyslogConfig({ folder, logFile }: SubjectPaths, caseName: CaseName): Record<string, string> {
  const { input = '', rule, script = '', output = '' } = RECIPES[caseName];
  const parse =
    rule === undefined
      ? 'action(type="mmjsonparse" cookie="")'
      : `action(type="mmnormalize" ruleBase="${folder}/rules.rb")`;
  const origin = `"service":"app","log_file":"${logFile}","observed_time":"%timegenerated time%"`;
  const end = rule === undefined ? ',%$!all-json-plain 2%\n' : '}\n';
  const config = `
global(workDirectory="${folder}" maxMessageSize="64k")
module(load="imfile" mode="polling" pollingInterval="1")
module(load="mmnormalize")
module(load="mmjsonparse")
lookup_table(name="months" file="${folder}/months.json")
template(name="json" type="list") {
  ${pieces(`{${output}${origin}${end}`)}
}
input(type="imfile" file="${logFile}" tag="app" ruleset="app" addMetadata="off" maxLinesAtOnce="0" ${input})
ruleset(name="app") {
  ${parse}${script}
  action(type="omfile" file="/dev/stdout" template="json" ioBufferSize="64k")
}
`;
  const table = MONTHS.map((index, month) => ({ index, value: String(month + 1).padStart(2, '0') }));
  return {
    'rsyslog.conf': config,
    'rules.rb': `version=2\nrule=:${rule ?? '%msg:rest%'}\n`,
    'months.json': JSON.stringify({ version: 1, type: 'string', nomatch: '', table }),
  };
}
