/**
 * rsyslog: imfile reads, mmnormalize (liblognorm) or mmjsonparse takes the fields out, omfile writes them as JSON. It
 * looks at intervals, and each time reads to the end: for notices it needs an inotify instance, of which a machine with
 * many containers may have none left, and then it would wait for ever.
 */
import type { CaseName } from './cases.ts';
import type { SubjectPaths } from './subjects.ts';

const RULES: Readonly<Partial<Record<CaseName, string>>> = {
  'combined access lines':
    '%client_address:word% %ident:word% %user:word% [%time:char-to:]%] "%http_method:word% %url_path:word% ' +
    '%http_version:char-to:"%" %http_status:number% %bytes_out:number% "%referer:char-to:"%" "%user_agent:char-to:"%"',
  'multi-line events': '%date:word% %clock:word% %level:word% [%thread:char-to:]%] %logger:word% - %msg:rest%',
};

export function rsyslogConfig({ folder, logFile }: SubjectPaths, caseName: CaseName): Record<string, string> {
  const rule = RULES[caseName];
  const startRegex = caseName === 'multi-line events' ? 'startmsg.regex="^[0-9]{4}-" readTimeout="1"' : '';
  const parse =
    rule === undefined
      ? 'action(type="mmjsonparse" cookie="")'
      : `action(type="mmnormalize" ruleBase="${folder}/rules.rb")`;
  const config = `
global(workDirectory="${folder}" maxMessageSize="64k")
module(load="imfile" mode="polling" pollingInterval="1")
module(load="mmnormalize")
module(load="mmjsonparse")
template(name="json" type="string" string="%$!all-json-plain%\\n")
input(type="imfile" file="${logFile}" tag="app" ruleset="app" addMetadata="off" maxLinesAtOnce="0" ${startRegex})
ruleset(name="app") {
  ${parse}
  action(type="omfile" file="/dev/stdout" template="json" ioBufferSize="64k")
}
`;
  return { 'rsyslog.conf': config, 'rules.rb': `version=2\nrule=:${rule ?? '%msg:rest%'}\n` };
}
