/** mtail: counts by regular expression, and writes no events; of several lines it knows nothing. */
import type { CaseName } from './cases.ts';
import type { SubjectPaths } from './subjects.ts';

const PROGRAMS: Readonly<Partial<Record<CaseName, string>>> = {
  'combined access lines': String.raw`counter events_total by http_method, http_status
counter bytes_out_total
/^(?P<client_address>\S+) \S+ (?P<user>\S+) \[(?P<time>[^\]]+)\] "(?P<http_method>\S+) (?P<url_path>\S+) (?P<http_version>[^"]+)" (?P<http_status>\d+) (?P<bytes_out>\d+) "(?P<referer>[^"]*)" "(?P<user_agent>[^"]*)"/ {
  events_total[$http_method][$http_status]++
  bytes_out_total += int($bytes_out)
}
`,
  'JSON lines': String.raw`counter events_total by level
counter duration_ms_total
/"level":"(?P<level>[a-z]+)".*"duration_ms":(?P<duration_ms>\d+)/ {
  events_total[$level]++
  duration_ms_total += int($duration_ms)
}
`,
};

export function mtailProgram(_paths: SubjectPaths, caseName: CaseName): Record<string, string> | undefined {
  const program = PROGRAMS[caseName];
  return program === undefined ? undefined : { 'app.mtail': program };
}
