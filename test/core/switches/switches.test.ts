import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { RouteRules } from '../../../core/contract/route-policy.js'
import type { SwitchRefusal } from '../../../core/contract/route-switches.js'
import { MAX_SWITCHES, Switches, type SwitchesParts } from '../../../core/switches/switches.js'

const settings: SwitchesParts['settings'] = {
  ghostMinConfidence: 0.7,
  ghostMaxAgeS: 0,
  ghostHedgeMs: 0,
  breakerSlowMs: 0,
  ghostWrites: 'refuse',
  routesFile: '',
}

const learned = [
  { method: 'GET', pattern: '/users/{id}' },
  { method: 'GET', pattern: '/orders' },
  { method: 'POST', pattern: '/graphql#query.film' },
  { method: 'GET', pattern: '/a//b' },
]

function open(t: Test, over: Partial<SwitchesParts> = {}) {
  const folder = over.file === undefined ? mkdtempSync(join(tmpdir(), 'chaos-switches-')) : ''
  if (folder !== '') t.teardown(() => rmSync(folder, { recursive: true }))
  const told: RouteRules[] = []
  const logged: string[] = []
  const log = (value: object, text: string): void => void logged.push(`${text} ${JSON.stringify(value)}`)
  const parts: SwitchesParts = {
    file: join(folder, 'switches.json'),
    entries: [],
    settings,
    mode: () => 'auto',
    learned: () => learned,
    hasJournal: () => false,
    mayWrite: () => true,
    tell: async rules => void told.push(rules),
    log: { info: log, warn: log, error: log },
    ...over,
  }
  const switches = new Switches(parts)
  const set = (change: object) => switches.set(JSON.stringify(change))
  return { switches, set, told, logged, file: parts.file, again: () => new Switches(parts) }
}

const refusedAs = (said: object): Partial<SwitchRefusal> => said as Partial<SwitchRefusal>
const users = 'GET /users/{id}'

t.test('what holds: the switch, then the file, then the settings, each with its name', async t => {
  const { switches, set, told } = open(t, {
    entries: [{ route: '* /users/**', minConfidence: 0.9, hedgeMs: 50 }],
  })
  t.match(switches.look('GET', '/users/{id}'), {
    route: users,
    isLearned: true,
    switch: null,
    values: {
      ghost: { value: 'auto', from: 'settings', by: 'CHAOS_GHOST' },
      minConfidence: { value: 0.9, from: 'routes file', by: '* /users/**' },
      maxAgeS: { value: 0, from: 'settings', by: 'CHAOS_GHOST_MAX_AGE_S' },
      writes: { value: 'refuse', from: 'settings', by: 'CHAOS_GHOST_WRITES' },
      sharing: { value: 'public', from: 'settings', by: '' },
    },
  })
  t.match(await set({ route: users, minConfidence: 0.5, sharing: 'own' }), {
    switch: { route: users, minConfidence: 0.5, sharing: 'own' },
    values: {
      minConfidence: { value: 0.5, from: 'switch', by: users },
      hedgeMs: { value: 50, from: 'routes file', by: '* /users/**' },
      sharing: { value: 'own', from: 'switch' },
    },
  })
  t.equal(switches.policies.of('GET', '/users/7')?.minConfidence, 0.5)
  t.equal(switches.policies.of('GET', '/users/7')?.hedgeMs, 50)
  t.same(told, [switches.rules])
  // What is not named stays, and what is default goes.
  t.same(refusedAs(await set({ route: users, hedgeMs: 0, sharing: 'default' })).refused, undefined)
  t.same(switches.list(), [{ route: users, minConfidence: 0.5, hedgeMs: 0 }])
  t.match(await set({ route: users, minConfidence: 'default', hedgeMs: 'default' }), {
    switch: null,
    values: { minConfidence: { from: 'routes file' }, hedgeMs: { value: 50 } },
  })
  t.same(switches.list(), [])
  t.same(
    told.map(({ version }) => version),
    [1, 2, 3],
  )
})

t.test('where the whole proxy has no ghosts no route has, whatever its switch says', async t => {
  let mode: 'auto' | 'off' = 'off'
  const { switches, set } = open(t, { mode: () => mode })
  await set({ route: users, ghost: 'auto' })
  t.match(switches.look('GET', '/users/{id}')?.values.ghost, { value: 'off', from: 'settings', by: 'CHAOS_GHOST' })
  mode = 'auto'
  t.match(switches.look('GET', '/users/{id}')?.values.ghost, { value: 'auto', from: 'switch' })
  await set({ route: users, ghost: 'off' })
  t.match(switches.look('GET', '/users/{id}')?.values.ghost, { value: 'off', from: 'switch', by: users })
})

t.test('switches outlive the process', async t => {
  const { set, again, switches } = open(t)
  await set({ route: users, ghost: 'off' })
  t.same(again().list(), [{ route: users, ghost: 'off' }])
  await switches.clear(users)
  t.same(again().list(), [])
})

t.test('switches that cannot be read keep the proxy from starting: answers could get to the wrong ones', async t => {
  const { set, again, file } = open(t)
  await set({ route: users, sharing: 'own' })
  for (const [text, because] of [
    ['{"version":1,"value":[{"route":"GET /users/{id}","sharing":"o', /JSON/],
    ['{"version":2,"value":[]}', /version 2/],
    ['{"version":1,"value":[{"route":"GET /users/{id}","sharing":"maybe"}]}', /0\.sharing/],
    ['null', /null/],
  ] as const) {
    writeFileSync(file, text)
    t.throws(again, because)
    t.throws(again, /switches of routes in .*switches\.json cannot be read: .*; put the file back from a copy/)
  }
})

t.test('what cannot be kept is not done', async t => {
  const { set, switches, told, file } = open(t)
  await set({ route: users, ghost: 'off' })
  const [before, policies] = [readFileSync(file, 'utf8'), switches.policies]
  // Where it is written before it takes the place of the old one.
  mkdirSync(`${file}.new`)
  t.match(await set({ route: users, ghost: 'auto', hedgeMs: 5 }), {
    refused: 'not-written',
    detail: /nothing was changed, for .*switches\.json cannot be written: EISDIR/,
  })
  t.match(await switches.clear(users), { refused: 'not-written' })
  t.match(await switches.clearAll(), { refused: 'not-written' })
  t.equal(readFileSync(file, 'utf8'), before)
  t.equal(switches.policies, policies)
  t.equal(told.length, 1)
  rmSync(`${file}.new`, { recursive: true })
  t.match(await set({ route: users, hedgeMs: 5 }), { switch: { ghost: 'off', hedgeMs: 5 } })
})

t.test('while another process takes over nothing is changed', async t => {
  let mayWrite = false
  const { set, switches, told } = open(t, { mayWrite: () => mayWrite })
  t.match(await set({ route: users, ghost: 'off' }), { refused: 'handing-over', detail: /again in a moment/ })
  t.same([switches.list(), told], [[], []])
  mayWrite = true
  t.match(await set({ route: users, ghost: 'off' }), { switch: { ghost: 'off' } })
})

t.test('what is wrong is said with its member, its value and what is wanted; nothing is changed', async t => {
  const { switches, told } = open(t)
  for (const [text, field, detail] of [
    ['', 'body', /no JSON.*"ghost": "off"/],
    ['[]', 'body', /must be an object/],
    ['{}', 'route', /learned route such as/],
    ['{"route":7}', 'route', /\(it is 7\)/],
    [`{"route":"${users}","ghost":"maybe"}`, 'ghost', /"auto" or "off", or "default" \(it is "maybe"\)/],
    [`{"route":"${users}","minConfidence":1.5}`, 'minConfidence', /<=1 \(it is 1\.5\)/],
    [`{"route":"${users}","maxAgeS":0.5}`, 'maxAgeS', /whole number/],
    [`{"route":"${users}","hedgeMs":60001}`, 'hedgeMs', /<=60000 /],
    [`{"route":"${users}","hedgeMs":null}`, 'hedgeMs', /or "default"/],
    [`{"route":"${users}","writes":true}`, 'writes', /"refuse" or "journal"/],
    [`{"route":"${users}","sharing":"all"}`, 'sharing', /"public" or "own"/],
    [`{"route":"${users}","slowMs":5}`, 'slowMs', /no member of a switch/],
    [`{"route":"${users}","__proto__":{"ghost":"off"}}`, '__proto__', /no member/],
  ] as const)
    t.match(await switches.set(text), { refused: 'malformed', field, detail }, text)
  t.match(await switches.set(`{"route":"${users}"}`), {
    refused: 'malformed',
    field: 'body',
    detail: /at least one of ghost/,
  })
  t.same([switches.list(), told], [[], []])
})

t.test('only what was learned can be switched, and has a path of its own', async t => {
  const { set, switches } = open(t)
  t.match(await set({ route: 'GET /nothing', ghost: 'off' }), {
    ...{
      refused: 'unknown-route',
      field: 'route',
      detail: /no learned route is «GET \/nothing»; GET \/api\/switches lists/,
    },
  })
  t.match(await set({ route: 'POST /graphql#query.film', ghost: 'off' }), {
    ...{ refused: 'no-path', field: 'route', detail: /stands in the body.*«POST \/graphql» is all that is asked/ },
  })
  t.match(await set({ route: 'GET /a//b', ghost: 'off' }), { refused: 'no-path', detail: /no switch can name/ })
  t.match(await set({ route: 'POST /graphql', ghost: 'off' }), { isLearned: true, switch: { ghost: 'off' } })
  t.equal(switches.policies.of('POST', '/graphql')?.ghost, 'off')
  t.match(switches.look('POST', '/graphql#query.film'), { route: 'POST /graphql', switch: { ghost: 'off' } })
  t.equal(switches.look('GET', '/a//b'), undefined)
  t.match(switches.report(), {
    switches: [{ route: 'POST /graphql' }],
    routes: [{ route: users }, { route: 'GET /orders' }, { route: 'POST /graphql' }],
    others: [{ route: 'POST /graphql#query.film' }, { route: 'GET /a//b' }],
  })
})

t.test('a route that is not known any more keeps its switch until it is taken back', async t => {
  let routes = learned
  const { set, switches } = open(t, { learned: () => routes })
  await set({ route: users, ghost: 'off' })
  routes = []
  t.match(switches.report().routes, [{ route: users, isLearned: false, switch: { ghost: 'off' } }])
  t.equal(switches.policies.of('GET', '/users/7')?.ghost, 'off')
  t.match(await set({ route: users, hedgeMs: 7 }), { isLearned: false, switch: { ghost: 'off', hedgeMs: 7 } })
  t.match(await switches.clear(users), { isLearned: false, switch: null })
  t.match(await switches.clear(users), { refused: 'unknown-route', field: 'route' })
  t.match(await set({ route: users, ghost: 'off' }), { refused: 'unknown-route' })
})

t.test('writes: journal needs one', async t => {
  let hasJournal = false
  const { set } = open(t, { hasJournal: () => hasJournal })
  const change = { route: users, writes: 'journal' }
  t.match(await set(change), { refused: 'no-journal', field: 'writes', detail: /CHAOS_GHOST_WRITES=journal/ })
  t.match(await set({ ...change, writes: 'refuse' }), { switch: { writes: 'refuse' } })
  hasJournal = true
  t.match(await set(change), { switch: { writes: 'journal' } })
})

t.test('writes of a route are those to its path, by any method; the file may tell them apart', async t => {
  const { switches, set } = open(t, {
    entries: [
      { route: 'PUT /users/{id}', writes: 'journal' },
      { route: '* /orders', writes: 'journal' },
    ],
    hasJournal: () => true,
  })
  const writes = () => switches.look('GET', '/users/{id}')?.values.writes
  t.same(writes(), { value: 'by method', from: 'routes file', by: 'PUT /users/{id}' })
  t.same(switches.look('GET', '/orders')?.values.writes, { value: 'journal', from: 'routes file', by: '* /orders' })
  for (const value of ['journal', 'refuse'] as const) {
    await set({ route: users, writes: value })
    t.same(writes(), { value, from: 'switch', by: users })
    for (const method of ['PUT', 'DELETE', 'PATCH', 'POST'])
      t.equal(switches.policies.of(method, '/users/7')?.writes, value, method)
  }
  await set({ route: users, ghost: 'off', writes: 'default' })
  t.equal(switches.policies.of('PUT', '/users/7')?.writes, 'journal', 'as the file says')
  t.equal(switches.policies.of('PUT', '/users/7')?.ghost, undefined, 'the rest is about what is read')
})

t.test('there are no more switches than can be looked through', async t => {
  const many = Array.from({ length: MAX_SWITCHES + 1 }, (_, i) => ({ method: 'GET', pattern: `/r${i}` }))
  const { set, file, again } = open(t, { learned: () => many })
  const value = many.slice(0, MAX_SWITCHES).map(({ pattern }) => ({ route: `GET ${pattern}`, ghost: 'off' }))
  writeFileSync(file, JSON.stringify({ version: 1, value }))
  const full = again()
  t.match(await full.set(`{"route":"GET /r${MAX_SWITCHES}","ghost":"off"}`), {
    refused: 'too-many',
    detail: /DELETE some/,
  })
  t.match(await full.set('{"route":"GET /r0","hedgeMs":1}'), { switch: { ghost: 'off', hedgeMs: 1 } })
  t.match(await full.clearAll(), { switches: [] })
  t.match(await set({ route: 'GET /r0', ghost: 'off' }), { switch: { ghost: 'off' } })
})

t.test('the file of routes is read anew; where it is wrong what it said before stays', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-routes-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const routesFile = join(folder, 'routes.json')
  let hasJournal = false
  const { switches, set, told, logged } = open(t, {
    settings: { ...settings, routesFile },
    hasJournal: () => hasJournal,
  })
  await set({ route: users, ghost: 'off' })
  writeFileSync(routesFile, JSON.stringify([{ route: '* /users/{id}', hedgeMs: 9, ghost: 'auto' }]))
  switches.reload()
  t.match(switches.policies.of('GET', '/users/7'), { ghost: 'off', hedgeMs: 9 }, 'under the switches')
  t.equal(switches.policies.of('PUT', '/users/7')?.hedgeMs, 9)
  t.equal(told.length, 2)
  const good = switches.policies
  for (const [text, because] of [
    ['[{"route":"GET /a","hedgeMs":"fast"}]', /entry 1, hedgeMs: .*fast/],
    ['[{"route"', /is no JSON/],
    ['[{"route":"PUT /a","writes":"journal"}]', /says .*journal.*, but no journal is open/],
  ] as const) {
    writeFileSync(routesFile, text)
    switches.reload()
    t.match(logged.at(-1), /CHAOS_ROUTES_FILE was not taken over; what it said before stays in force/)
    t.match(logged.at(-1), because)
    t.equal(switches.policies, good)
  }
  hasJournal = true
  switches.reload()
  t.equal(switches.policies.of('PUT', '/a')?.writes, 'journal')
  t.equal(switches.policies.of('GET', '/users/7')?.hedgeMs, undefined)
  rmSync(routesFile)
  switches.reload()
  t.match(logged.at(-1), /cannot be read: ENOENT/)
  t.equal(switches.policies.of('PUT', '/a')?.writes, 'journal')
})
