// thread: main of a process that is no proxy
// `chaos-proxy import`: a learned memory out of one file; or what other programs recorded, for a proxy that runs to learn it.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readJsonText } from '../contract/json-members.js'
import type { RecordedExchange, RecordedReport } from '../contract/recorded.js'
import { putScopeKeys } from '../data/scope-keys.js'
import { readCopy } from '../memory/memory-copy.js'
import { AdminClient } from './admin-client.js'
import { adminAddressOf, adminOptions, adminUsage } from './admin-options.js'
import { type CommandIo, exitCodes, type SubCommand } from './command.js'
import { hasCredentials, readHar } from './import/read-har.js'
import { readOpenApi } from './import/read-openapi.js'
import { readYaml, type YamlRead } from './import/read-yaml.js'
import type { Recording } from './import/recording.js'
import { countText } from './quantities.js'
import { readArgs } from './read-args.js'

export const importUsage = `chaos-proxy import FILE [options]

A file of chaos-proxy export takes the place of the memory in a data folder with which no proxy runs. It is read and checked whole before
anything changes; what was there before is moved aside, not deleted, and so is another key of credentials. Files of newer releases
are refused.

A HAR file (browsers, proxies, test tools) is learned by a proxy that runs, as if its exchanges had come through it when they were
recorded: redacted alike, and nothing newer is overwritten. Ghosts, errors, answers without a body and what says no-store are left
out. Browsers leave credentials out unless told otherwise, and then what was answered to one person looks like everybody's: a file
without any credentials is refused, unless --for-everybody says that all in it is.

An OpenAPI file (3.x or Swagger 2.0, as JSON or YAML) is learned likewise, as far as it has example answers: GETs without security, with an
example of their 200 in JSON and of each parameter that is needed. They count as seen on 2000-01-01: whatever was seen is newer.

  --data-dir DIR        for a file of export: the data folder (CHAOS_DATA_DIR, or ./chaos-data); made where it is missing
  --for-everybody       for a HAR file without credentials: nothing in it was for one person alone
  --prefix PATH         for OpenAPI: what stands before its paths (that of its first server)
${adminUsage}
  --json                what was done as JSON, and nothing else, on standard output
  --help

exit code: 0 it is there; 1 not all batches of a HAR or OpenAPI file were taken; 2 nothing was changed, and why

  chaos-proxy import memory.chaos --data-dir /var/lib/chaos-proxy
  chaos-proxy import recorded.har --admin 127.0.0.1:9090
  chaos-proxy import openapi.yaml --prefix /v1
`

/** The admin port takes so much at a time; its limit is a MiB. */
const BATCH_BYTES = 400_000
const LONGEST_BYTES = 900_000
/** RFC 1952 §2.3.1. */
const GZIP = Buffer.of(0x1f, 0x8b)

export const importMemory: SubCommand = {
  name: 'import',
  summary: 'what export has written, into a data folder; or HAR and OpenAPI, for a proxy that runs to learn',
  usage: importUsage,
  async run(io) {
    const fail = (problem: string): number => {
      io.err(`chaos-proxy import: ${problem}\n`)
      return exitCodes.usage
    }
    const parsed = readArgs(() => parse(io.args))
    if (parsed === 'help') {
      io.out(importUsage)
      return exitCodes.fine
    }
    if ('problem' in parsed) return fail(`${parsed.problem}; chaos-proxy import --help tells more`)
    const { values, positionals } = parsed
    const [file, ...more] = positionals
    if (file === undefined || more.length > 0)
      return fail('name one file, such as memory.chaos; chaos-proxy import --help tells more')
    try {
      if (isCopy(file)) return await importCopy(io, file, values)
      const recording = recordingIn(file, values, io.env)
      if ('problem' in recording) return fail(`${file}: ${recording.problem}`)
      const address = adminAddressOf(values, io.env)
      if ('problem' in address) return fail(address.problem)
      return await importRecording(io, file, recording, new AdminClient(address), values.json)
    } catch (error) {
      return fail((error as Error).message)
    }
  },
}

type Values = ReturnType<typeof parse>['values']

/** Throws where it cannot be read. */
function isCopy(file: string): boolean {
  const fd = openSync(file, 'r')
  try {
    const first = Buffer.alloc(GZIP.length)
    readSync(fd, first, 0, first.length, 0)
    return first.equals(GZIP)
  } finally {
    closeSync(fd)
  }
}

async function importCopy(io: CommandIo, file: string, values: Values): Promise<number> {
  const dataDir = resolve(values['data-dir'] ?? (io.env.CHAOS_DATA_DIR || './chaos-data'))
  const movedKeys: string[] = []
  const { head, rows, answers, setAside } = await readCopy({
    ...{ file, memoryDir: join(dataDir, 'memory') },
    beforeExchange: ({ keys }) => movedKeys.push(...putScopeKeys(dataDir, keys)),
  })
  const { keys, ...told } = head
  const moved = [...(setAside === null ? [] : [setAside]), ...movedKeys]
  io.out(
    values.json
      ? `${JSON.stringify({ file, dataDir, ...told, keys: Object.keys(keys), rows, answers, moved }, undefined, 2)}\n`
      : `${dataDir}: ${countText(answers, 'answer')}, ${countText(rows, 'row')}, exported at ${head.exportedAt} by release ${head.release}\n${moved.map(one => `moved aside: ${one}\n`).join('')}`,
  )
  return exitCodes.fine
}

function recordingIn(file: string, values: Values, env: CommandIo['env']): Recording | { readonly problem: string } {
  const read = documentIn(readFileSync(file, 'utf8'))
  if ('problem' in read) return read
  const { document } = read
  const har = readHar(document, Date.now())
  if (har !== undefined) {
    const names = (env.CHAOS_IDENTITY_HEADERS || 'authorization,cookie,x-api-key').toLowerCase().split(/ *, */)
    if (har.exchanges.length > 0 && !values['for-everybody'] && !hasCredentials(har, names))
      return {
        problem: `no request in it has credentials (${names.join(', ')}), and what was answered to one person would be learned as everybody's: record it with them (browsers: «with sensitive data»), or say --for-everybody if all in it is for everybody`,
      }
    return har
  }
  return readOpenApi(document, values.prefix) ?? { problem: 'it is neither a HAR nor an OpenAPI file' }
}

/** JSON, or what is no JSON but YAML; of what begins as JSON does it is told what is wrong with that. */
function documentIn(text: string): YamlRead {
  try {
    return { document: readJsonText(text) }
  } catch (error) {
    if (!/^\ufeff?\s*[[{]/.test(text)) return readYaml(text)
    return {
      problem: `it is neither a file of chaos-proxy export nor JSON (${(error as Error).message.slice(0, 100)})`,
    }
  }
}

async function importRecording(
  io: CommandIo,
  file: string,
  { exchanges, leftOut }: Recording,
  admin: AdminClient,
  json: boolean,
): Promise<number> {
  const notTaken: Record<string, number> = { ...leftOut }
  const count = (why: string, many: number): void => {
    if (many > 0) notTaken[why] = (notTaken[why] ?? 0) + many
  }
  let learned = 0
  let failed = ''
  for (const batch of batchesOf(exchanges, tooLong => count('too long', tooLong))) {
    try {
      const report = await admin.ask<RecordedReport>('POST', '/api/exchanges', { exchanges: batch })
      learned += report.learned
      count('known already, an error, or not to be kept', report.leftOut)
    } catch (error) {
      failed = (error as Error).message
      if (learned === 0) throw error
      break
    }
  }
  const lines = Object.entries(notTaken).map(([why, many]) => `left out, ${why}: ${many}\n`)
  io.out(
    json
      ? `${JSON.stringify({ file, learned, leftOut: notTaken, failed: failed === '' ? null : failed }, undefined, 2)}\n`
      : `${file}: ${countText(learned, 'exchange')} learned\n${lines.join('')}`,
  )
  if (failed === '') return exitCodes.fine
  io.err(`chaos-proxy import: not all of it was taken: ${failed}; what was taken is no harm if it comes again\n`)
  return exitCodes.broken
}

function* batchesOf(
  exchanges: readonly RecordedExchange[],
  tooLong: (many: number) => void,
): Generator<RecordedExchange[]> {
  let batch: RecordedExchange[] = []
  let bytes = 0
  for (const exchange of exchanges) {
    const length = Buffer.byteLength(JSON.stringify(exchange))
    if (length > LONGEST_BYTES) {
      tooLong(1)
      continue
    }
    if (batch.length > 0 && bytes + length > BATCH_BYTES) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(exchange)
    bytes += length
  }
  if (batch.length > 0) yield batch
}

function parse(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const
  const text = { type: 'string' } as const
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...{ 'data-dir': text, prefix: text, 'for-everybody': flag, ...adminOptions },
      ...{ json: flag, help: { ...flag, short: 'h' } },
    },
  })
}
