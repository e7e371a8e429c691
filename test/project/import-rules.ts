// Who may import whom. Pure: source texts in, sentences about what is wrong out.
import { posix } from 'node:path'
import ts from 'typescript'

export interface SourceFile {
  /** From the root of the repository: `core/health/circuit.ts`. */
  readonly path: string
  readonly text: string
}

interface Import {
  readonly from: string
  /** Gone after compiling: only names of types cross. */
  readonly typeOnly: boolean
}

/** Put the parts together, and may therefore see all of them. */
const compositionRoots = new Set(['core/main.ts', 'core/start.ts', 'core/admin-sources.ts', 'core/examine.ts'])
/** Of core/start.ts: what each part takes to be opened, or to be left. */
const startParts = /^core\/start\//
const workers = /^(core|brain)\/.*\.worker\.ts$/
const isRoot = (path: string): boolean => compositionRoots.has(path) || startParts.test(path) || workers.test(path)

/**
 * The files of the request path that bring areas together: the life of a request, and of one for a WebSocket. The others in
 * their folder may name their types.
 */
const lifecycles = new Set(['core/proxy/lifecycle.ts', 'core/proxy/websocket.ts'])

/** What an area of core may import beside contract, log, clock, events and itself. */
const further: Readonly<Record<string, readonly string[]>> = {
  anomalies: ['data'],
  // Of a process of their own, which looks at what the proxy would start with.
  commands: ['config', 'data', 'front', 'memory', 'tracing', 'upstream', 'version.ts'],
  contract: [],
  drills: ['upstream', 'http1'],
  front: ['http1'],
  proxy: ['http1'],
  replay: ['upstream', 'http1'],
  switches: ['config', 'data'],
  upstream: ['http1'],
}
const everywhere = ['contract', 'log', 'clock', 'events', 'sealing']

/** The one file that knows a package; a change of the package touches that file only. */
export const owners: Readonly<Record<string, readonly string[]>> = {
  zod: ['core/config/setting-types.ts'],
  pino: ['core/log/log.ts'],
  lmdb: ['core/memory/lmdb.ts'],
  ioredis: ['core/shared/redis-client.ts'],
  '@redis/client': ['brain/index/redisearch.ts'],
  '@redis/search': ['brain/index/redisearch.ts'],
  graphql: ['core/contract/graphql-request.ts'],
  'uWebSockets.js': ['core/front/uws-loader.ts'],
  'uWebSockets.js-glibc-2.38': ['core/front/uws-loader.ts'],
  // A pool has two ends: the door in main, and the thread that is told what it was started with.
  piscina: ['brain/pool.ts', 'brain/embed.worker.ts', 'brain/learner.worker.ts'],
  fastq: ['brain/pool.ts'],
  yaml: ['core/commands/import/read-yaml.ts'],
  'hnswlib-node': ['brain/index/hnsw.ts'],
  '@huggingface/transformers': ['brain/model.ts'],
  '@duckdb/node-api': ['core/history/duckdb.ts'],
  // The client, and what its connections are handed to.
  pg: ['core/history/postgres.ts', 'core/history/postgres-schema.ts'],
  'pg-copy-streams': ['core/history/postgres.ts'],
  autocannon: ['bench/autocannon-process.ts'],
  'json-server': ['scripts/demo/api.ts'],
  // Peers that the bench measures; each runs in a process of its own.
  'http-proxy': ['bench/peers/contenders/http-proxy-process.ts'],
  fastify: ['bench/peers/contenders/fastify-process.ts'],
  '@fastify/http-proxy': ['bench/peers/contenders/fastify-process.ts'],
  // The handshake, and what is said after it.
  vite: ['dashboard/vite.config.ts'],
  '@vitejs/plugin-react': ['dashboard/vite.config.ts'],
  '@tailwindcss/vite': ['dashboard/vite.config.ts'],
  'react-dom': ['dashboard/src/main.tsx'],
  uplot: ['dashboard/src/parts/chart.tsx'],
  '@tanstack/react-virtual': ['dashboard/src/parts/data-table.tsx'],
  ws: ['core/upstream/websocket-client.ts', 'core/upstream/websocket-end.ts', 'core/admin/live-socket.ts'],
}

/** Pure, and imports nothing: built into the dashboard as well. `scripts/build-dashboard.ts` looks whether it changed. */
const sharedWithDashboard = new Set(['core/contract/curl-line.ts'])

/** What every part of the dashboard is made with. */
const ofDashboard = new Set(['react', 'wouter'])

const threads = /^\/\/ thread: (edge|main|learner|embed|history|shared|replay|whatif|any)\b/
const drawers = /(^|[/-])(utils?|helpers?|common|misc|managers?|stuff)(\.|-|\/|$)/

/** Empty: all is well. Tests may import anything and are not looked at, but nobody may import them. */
export function problemsOf(files: readonly SourceFile[]): string[] {
  const problems: string[] = []
  for (const { path, text } of files) {
    if (drawers.test(path)) problems.push(`${path}: the name says nothing; call the file for the one thing in it`)
    if (/^(core|brain)\//.test(path) && !threads.test(text.replace(/^#!.*\n/, ''))) {
      problems.push(`${path}: line 1 must name the thread, «// thread: edge»`)
    }
    for (const found of importsOf(path, text)) {
      const problem = found.from.startsWith('.')
        ? directionProblem(path, posix.join(posix.dirname(path), found.from).replace(/\.js$/, '.ts'), found.typeOnly)
        : packageProblem(path, found.from)
      if (problem !== undefined) problems.push(`${path}: ${problem}`)
    }
  }
  return problems
}

function directionProblem(path: string, target: string, typeOnly: boolean): string | undefined {
  const [top, area] = placeOf(path)
  const [targetTop, targetArea] = placeOf(target)
  // Servers are started, and backends killed, for tests and for the bench by the same code.
  if (top === 'bench' && /^scripts\/(services|chaos)\//.test(target)) return undefined
  if (targetTop === 'test' || targetTop === 'dashboard' || targetTop === 'scripts' || targetTop === 'bench') {
    return targetTop === top ? undefined : `nobody imports ${targetTop} (${target})`
  }
  if (top === 'dashboard') {
    // Types are gone when it is built: it shares no code with the process that it looks at, but what reads alike everywhere.
    if (targetTop === 'dashboard' || (targetTop === 'core' && targetArea === 'contract' && typeOnly)) return undefined
    if (sharedWithDashboard.has(target)) return undefined
    return `dashboard imports types of core/contract and itself, not ${target}`
  }
  if ((top !== 'core' && top !== 'brain') || isRoot(path)) return undefined
  if (isRoot(target) && !(typeOnly && top === targetTop)) return `only the process itself imports ${target}`
  if (top === 'brain') {
    if (targetTop === 'brain' || targetArea === 'contract') return undefined
    return `brain imports core/contract and itself, not ${target}`
  }
  if (targetTop === 'brain') return `core does not know brain (${target})`
  if (area === 'contract') return targetArea === 'contract' ? undefined : `contract imports nothing, not ${target}`
  if (targetArea === area || everywhere.includes(targetArea) || further[area]?.includes(targetArea)) return undefined
  if (lifecycles.has(path) || (area === 'proxy' && typeOnly)) return undefined
  return `core/${area} does not import core/${targetArea} (${target})`
}

function packageProblem(path: string, from: string): string | undefined {
  if (from.startsWith('node:')) return undefined
  const name = from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/')
  if (path.startsWith('dashboard/') && ofDashboard.has(name)) return undefined
  const owner = owners[name]
  if (owner === undefined) return `the package ${name} has no owner file; name it in test/project/import-rules.ts`
  return owner.includes(path) ? undefined : `the package ${name} is known to ${owner.join(', ')} alone`
}

/** `core/health/circuit.ts` → core, health; a file directly in core or brain is an area of its own. */
function placeOf(path: string): [top: string, area: string] {
  const [top = '', area = ''] = path.split('/')
  return [top, area]
}

/** Every import, export … from, import() and require() of a text constant. */
export function importsOf(path: string, text: string): Import[] {
  const imports: Import[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      imports.push({ from: node.moduleSpecifier.text, typeOnly: isTypeOnly(node.importClause) })
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      imports.push({ from: node.moduleSpecifier.text, typeOnly: node.isTypeOnly })
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      if (ts.isStringLiteral(node.argument.literal)) imports.push({ from: node.argument.literal.text, typeOnly: true })
    } else if (ts.isCallExpression(node) && isLoading(node.expression)) {
      const [argument] = node.arguments
      if (argument !== undefined && ts.isStringLiteral(argument)) imports.push({ from: argument.text, typeOnly: false })
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ES2023))
  return imports
}

function isLoading(callee: ts.Expression): boolean {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true
  if (ts.isIdentifier(callee)) return callee.text === 'require'
  return ts.isCallExpression(callee) && ts.isIdentifier(callee.expression) && callee.expression.text === 'createRequire'
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false
  if (clause.isTypeOnly) return true
  const names = clause.namedBindings
  return (
    clause.name === undefined &&
    names !== undefined &&
    ts.isNamedImports(names) &&
    names.elements.every(element => element.isTypeOnly)
  )
}
