// What the alert rules and the Grafana dashboard ask for is what a running proxy exposes.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { readText, repositoryRoot } from '../project/repository.js'
import { startChildOrigin } from '../support/child-origin.js'
import { startProxy } from '../support/proxy.js'

const program = fileURLToPath(new URL('../support/origin-process.js', import.meta.url))
/** Of Prometheus itself, of each target. */
const ofPrometheus = ['instance', 'job', 'le']

interface Asked {
  readonly metric: string
  readonly labels: readonly string[]
}

/** Metrics in PromQL, each with the labels that are chosen by. */
function metricsIn(expression: string): Asked[] {
  return [...expression.matchAll(/\b(chaos_\w+)(?:\{([^}]*)\})?/g)].map(([, metric, chosen = '']) => ({
    metric: metric!,
    labels: [...chosen.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label!),
  }))
}

function expressionsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    typeof inner === 'string' && ['expr', 'definition', 'query'].includes(name) ? [inner] : expressionsIn(inner),
  )
}

t.test('alerts and dashboard name metrics and labels that there are', async t => {
  const origin = await startChildOrigin(t, program)
  const proxy = await startProxy(t, origin.url)
  await proxy.get('/users/1')
  let told = ''
  // Edges tell the times of their phases now and then.
  while (!told.includes('chaos_phase_duration_seconds_count{')) told = await proxy.adminText('/metrics')
  const types = new Map([...told.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name!, type!]))
  const labels = new Map<string, Set<string>>()
  for (const [, name, inside = ''] of told.matchAll(/^(chaos_\w+)(?:\{(.*)\})? \S+$/gm)) {
    const known = labels.get(name!) ?? new Set()
    for (const [, label] of inside.matchAll(/(\w+)="/g)) known.add(label!)
    labels.set(name!, known)
  }
  const exposed = (metric: string): boolean =>
    types.has(metric) || types.get(metric.replace(/_(bucket|sum|count)$/, '')) === 'histogram'
  const rules = readText('deploy/prometheus/alerts.yml').replace(/^ +(summary|action):.*$/gm, '')
  const dashboard = expressionsIn(JSON.parse(readText('deploy/grafana/chaos-proxy.json')))
  const asked = [rules, ...dashboard].flatMap(metricsIn)
  t.ok(asked.length > 60, `${asked.length} are asked for`)
  for (const { metric, labels: chosen } of asked) {
    t.ok(exposed(metric), metric)
    for (const label of chosen)
      t.ok(ofPrometheus.includes(label) || labels.get(metric)?.has(label), `${metric} has the label ${label}`)
  }
  t.notOk(exposed('chaos_no_such_total'))
})

const promtool = spawnSync('promtool', ['--version']).status === 0
const skip = promtool ? false : 'there is no promtool on this machine (Debian: apt install prometheus)'

t.test('promtool finds the rules right, and the alerts come when they should', { skip }, async t => {
  for (const args of [
    ['check', 'rules', 'alerts.yml'],
    ['test', 'rules', 'alerts.test.yml'],
  ]) {
    const { status, stdout, stderr } = spawnSync('promtool', args, {
      cwd: join(repositoryRoot, 'deploy/prometheus'),
      encoding: 'utf8',
    })
    t.equal(status, 0, `${args.join(' ')}\n${stdout}${stderr}`)
  }
})
