// thread: main
// Variables that OpenTelemetry has given names to, and that stand for settings of ours. Pure. Whoever set them for all processes
// of a machine has not spoken of this one: without an endpoint none of them is looked at.

/** By setting, without prefix; the first one that is set counts. */
export const otelNames: Readonly<Record<string, readonly string[]>> = {
  TRACES_ENDPOINT: ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
  TRACES_PROTOCOL: ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'],
  TRACES_HEADERS: ['OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'OTEL_EXPORTER_OTLP_HEADERS'],
  TRACES_COMPRESSION: ['OTEL_EXPORTER_OTLP_TRACES_COMPRESSION', 'OTEL_EXPORTER_OTLP_COMPRESSION'],
  TRACES_TIMEOUT_MS: ['OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', 'OTEL_EXPORTER_OTLP_TIMEOUT'],
  TRACES_CA: ['OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE', 'OTEL_EXPORTER_OTLP_CERTIFICATE'],
  TRACES_SERVICE: ['OTEL_SERVICE_NAME'],
  TRACES_RESOURCE: ['OTEL_RESOURCE_ATTRIBUTES'],
  TRACES_SAMPLER: ['OTEL_TRACES_SAMPLER'],
  TRACES_SAMPLER_ARG: ['OTEL_TRACES_SAMPLER_ARG'],
}

export interface OtelValue {
  /** The variable that it stands in. */
  readonly name: string
  readonly value: string
}

/** By setting, without prefix. `isAskedFor`: an endpoint is set by our own name; then traces are wanted whatever is said here. */
export function otelValues(
  env: Readonly<Record<string, string | undefined>>,
  isAskedFor: boolean,
): ReadonlyMap<string, OtelValue> {
  const found = new Map<string, OtelValue>()
  for (const [setting, names] of Object.entries(otelNames)) {
    // An empty variable is one that is not set.
    const name = names.find(one => (env[one] ?? '').trim() !== '')
    if (name !== undefined) found.set(setting, { name, value: env[name]!.trim() })
  }
  const endpoint = found.get('TRACES_ENDPOINT')
  if (isAskedFor) {
    // Spoken is what our own endpoint speaks; others may be told to speak gRPC.
    if (found.get('TRACES_PROTOCOL')?.value === 'grpc') found.delete('TRACES_PROTOCOL')
    return found
  }
  if (endpoint === undefined || isSwitchedOff(env)) return new Map()
  // Of the endpoint for all signals traces have a path of their own; the one for traces is taken as it is.
  if (endpoint.name === 'OTEL_EXPORTER_OTLP_ENDPOINT')
    found.set('TRACES_ENDPOINT', { ...endpoint, value: `${endpoint.value.replace(/\/+$/, '')}/v1/traces` })
  return found
}

/** Of them traces are not wanted, or not by OTLP. */
function isSwitchedOff(env: Readonly<Record<string, string | undefined>>): boolean {
  const exporters = (env.OTEL_TRACES_EXPORTER ?? '').trim().toLowerCase()
  const isOtlp = exporters === '' || exporters.split(',').some(one => one.trim() === 'otlp')
  return !isOtlp || (env.OTEL_SDK_DISABLED ?? '').trim().toLowerCase() === 'true'
}
