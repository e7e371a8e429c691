// Names that OpenTelemetry gave stand for settings of ours, once an endpoint says that traces are wanted.
import t from 'tap'
import { otelNames } from '../../../core/config/otel-names.js'
import { parseSettings, printConfig } from '../../../core/config/settings.js'
import { settingsTable } from '../../../core/config/settings-table.js'

const parse = (env: Record<string, string>, argv: string[] = []) =>
  parseSettings({ CHAOS_UPSTREAM: 'http://a', ...env }, argv)
const settingsOf = (env: Record<string, string>, argv: string[] = []) => {
  const parsed = parse(env, argv)
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return parsed.settings
}
const problemsOf = (env: Record<string, string>) => {
  const parsed = parse(env)
  return parsed.ok ? [] : parsed.problems
}
const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' }

t.test('off by default, whatever is set for all processes of a machine', async t => {
  t.match(settingsOf({}), { tracesEndpoint: '', tracesSampler: 'parentbased_always_on', tracesRatio: 1 })
  const others = { OTEL_TRACES_SAMPLER: 'xray', OTEL_SERVICE_NAME: 'other', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }
  t.match(settingsOf(others), { tracesEndpoint: '', tracesService: '', tracesSampler: 'parentbased_always_on' })
  for (const off of [
    { OTEL_SDK_DISABLED: 'true' },
    { OTEL_TRACES_EXPORTER: 'none' },
    { OTEL_TRACES_EXPORTER: 'zipkin' },
  ])
    t.equal(settingsOf({ ...endpoint, ...others, ...off }).tracesEndpoint, '', JSON.stringify(off))
  t.equal(
    settingsOf({ OTEL_SDK_DISABLED: 'true', CHAOS_TRACES_ENDPOINT: 'http://c/v1/traces' }).tracesEndpoint,
    'http://c/v1/traces',
    'our own name is for this very process',
  )
})

t.test('the endpoint', async t => {
  t.equal(settingsOf(endpoint).tracesEndpoint, 'http://collector:4318/v1/traces')
  t.equal(
    settingsOf({ ...endpoint, OTEL_TRACES_EXPORTER: 'console,otlp' }).tracesEndpoint,
    'http://collector:4318/v1/traces',
  )
  t.equal(settingsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c/base' }).tracesEndpoint, 'https://c/base/v1/traces')
  const own = { ...endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c/as-it-is' }
  t.equal(settingsOf(own).tracesEndpoint, 'http://c/as-it-is')
  t.equal(settingsOf({ ...own, CHAOS_TRACES_ENDPOINT: 'http://d/x' }).tracesEndpoint, 'http://d/x')
  t.equal(
    settingsOf({ ...own, CHAOS_TRACES_ENDPOINT: 'http://d/x' }, ['--traces-endpoint', 'http://e/y']).tracesEndpoint,
    'http://e/y',
  )
})

t.test('the rest: our own name first, then that for traces, then that for all', async t => {
  t.match(
    settingsOf({
      ...endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=1',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'b=2',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_TIMEOUT: '3000',
      OTEL_SERVICE_NAME: 'shop',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test,k=v%20w',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      CHAOS_TRACES_SERVICE: 'edge',
    }),
    {
      ...{ tracesProtocol: 'http/json', tracesHeaders: 'b=2', tracesCompression: 'gzip', tracesTimeoutMs: 3000 },
      ...{ tracesService: 'edge', tracesSampler: 'parentbased_traceidratio', tracesRatio: 0.25 },
      tracesResource: 'deployment.environment.name=test,k=v%20w',
    },
  )
})

t.test('what is wrong is named by the name under which it was set', async t => {
  t.match(problemsOf({ ...endpoint, OTEL_TRACES_SAMPLER: 'xray' }), [/^OTEL_TRACES_SAMPLER=xray must be one of/])
  t.match(problemsOf({ ...endpoint, OTEL_TRACES_SAMPLER_ARG: '2' }), [/^OTEL_TRACES_SAMPLER_ARG=2 /])
  t.match(problemsOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'collector:4318' }), [
    /^OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=collector:4318 is not a URL/,
  ])
  t.match(problemsOf({ CHAOS_TRACES_ENDPOINT: 'http://user:pass@c/' }), [
    /^CHAOS_TRACES_ENDPOINT=http:\/\/\*\*\*@c\/ must not carry/,
  ])
  const secret = problemsOf({ ...endpoint, OTEL_EXPORTER_OTLP_HEADERS: 'very-secret' })
  t.match(secret, [/^OTEL_EXPORTER_OTLP_HEADERS=\*\*\* has a part, number 1/])
  t.notMatch(secret.join(), 'very-secret')
  t.ok(
    problemsOf({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }).some(problem =>
      /not by gRPC.*CHAOS_TRACES_ENDPOINT/.test(problem),
    ),
  )
  t.same(
    problemsOf({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', CHAOS_TRACES_ENDPOINT: 'http://c:4318/v1/traces' }),
    [],
  )
})

t.test('credentials are masked wherever settings are shown', async t => {
  const parsed = parse({ ...endpoint, OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20very-secret' })
  t.equal(parsed.ok, true)
  if (!parsed.ok) return
  t.notMatch(printConfig(parsed), 'very-secret')
  t.match(printConfig(parsed), /CHAOS_TRACES_HEADERS += \*\*\* +# environment/)
})

t.test('each name is told beside its setting', async t => {
  const rows = Object.values(settingsTable)
  for (const [setting, names] of Object.entries(otelNames)) {
    const row = rows.find(({ name }) => name === setting)
    for (const name of names) t.match(row?.doc, `\`${name}\``, setting)
  }
})
