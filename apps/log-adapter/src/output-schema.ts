/**
 * The three schemas that events can be written in: the names that each gives to what the adapter knows.
 *
 * - `flat`: the kit's own.
 * - `otel`: the log data model of OpenTelemetry (https://opentelemetry.io/docs/specs/otel/logs/data-model/), with the
 *   names of its semantic conventions.
 * - `ecs`: the Elastic Common Schema, in the dotted form that its logging libraries write; what ECS has no name for is
 *   under `labels`.
 */
import type { AdapterConfig } from './config.ts';
import type { Level } from './levels.ts';

export type SchemaName = AdapterConfig['schema'];

/** What has a name of its own in the other schemas: [flat, otel, ecs]. */
export const FIELD_NAMES: readonly (readonly [flat: string, otel: string, ecs: string])[] = [
  ['logger', 'logger', 'log.logger'],
  ['stack', 'exception.stacktrace', 'error.stack_trace'],
  ['log_file', 'log.file.path', 'log.file.path'],
  ['stream', 'log.iostream', 'labels.stream'],
  ['client_address', 'client.address', 'source.address'],
  ['user_name', 'user.name', 'user.name'],
  ['http_method', 'http.request.method', 'http.request.method'],
  ['http_status', 'http.response.status_code', 'http.response.status_code'],
  ['http_version', 'network.protocol.version', 'http.version'],
  ['http_host', 'server.address', 'url.domain'],
  ['response_bytes', 'http.response.body.size', 'http.response.body.bytes'],
  ['url_path', 'url.path', 'url.path'],
  ['url_query', 'url.query', 'url.query'],
  ['referer', 'http.request.header.referer', 'http.request.referrer'],
  ['user_agent', 'user_agent.original', 'user_agent.original'],
  ['request_id', 'request_id', 'http.request.id'],
  ['process_id', 'process.pid', 'process.pid'],
  ['thread_id', 'thread.id', 'process.thread.id'],
  ['thread', 'thread.name', 'process.thread.name'],
  ['trace_id', 'TraceId', 'trace.id'],
  ['span_id', 'SpanId', 'span.id'],
];

/** What belongs to the Pod and not to the event. */
export const RESOURCE_NAMES: readonly (readonly [flat: string, otel: string, ecs: string])[] = [
  ['service', 'service.name', 'service.name'],
  ['pod', 'k8s.pod.name', 'orchestrator.resource.name'],
  ['pod_uid', 'k8s.pod.uid', 'orchestrator.resource.id'],
  ['pod_ip', 'k8s.pod.ip', 'orchestrator.resource.ip'],
  ['namespace', 'k8s.namespace.name', 'orchestrator.namespace'],
  ['node', 'k8s.node.name', 'host.name'],
  ['container', 'k8s.container.name', 'container.name'],
];

/** https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
export const SEVERITY: Readonly<Record<Level, number>> = {
  trace: 1,
  debug: 5,
  info: 9,
  warn: 13,
  error: 17,
  fatal: 21,
};

function tableOf(names: typeof FIELD_NAMES, column: 1 | 2): ReadonlyMap<string, string> {
  return new Map(names.map((row) => [row[0], row[column]]));
}

const NAMES = {
  otel: { fields: tableOf(FIELD_NAMES, 1), resources: tableOf(RESOURCE_NAMES, 1) },
  ecs: { fields: tableOf(FIELD_NAMES, 2), resources: tableOf(RESOURCE_NAMES, 2) },
} as const;

/** The name of a field of an event. */
export function fieldNameIn(schema: SchemaName, field: string): string {
  if (schema === 'flat') return field;
  return NAMES[schema].fields.get(field) ?? (schema === 'ecs' ? `labels.${field}` : field);
}

/** The name of what belongs to the Pod. */
export function resourceNameIn(schema: SchemaName, name: string): string {
  if (schema === 'flat') return name;
  return NAMES[schema].resources.get(name) ?? (schema === 'ecs' ? `labels.${name}` : name);
}
