// thread: main of a process that is no proxy
// `chaos-proxy export`: the learned memory as one file.
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readScopeKeys } from '../data/scope-keys.js'
import { SEALED_DATA_VERSION } from '../memory/lmdb.js'
import { writeCopy } from '../memory/memory-copy.js'
import { version } from '../version.js'
import { exitCodes, type SubCommand } from './command.js'
import { countText } from './quantities.js'
import { readArgs } from './read-args.js'

export const exportUsage = `chaos-proxy export FILE [options]

Writes what was learned (routes, answers, model of the API, grades, vectors) to one file, for moving it, for seeding another instance
or as a backup: a gzip with a version and a checksum. Reads the data folder, as of one moment, whether a proxy runs with it or not.
The file holds what the API answered, redacted as the memory is, and the key of the hashes of credentials: keep it as you keep the
data folder. Of a memory that is encrypted (CHAOS_ENCRYPTION_KEY) the file is encrypted as well, with the same key: no key is needed to
write it, and that one where it is read. Journal, history and reports of outages are not in it.

  --data-dir DIR        the data folder (CHAOS_DATA_DIR, or ./chaos-data)
  --without-keys        leave out the key of credentials: what was learned under credentials is then not found elsewhere
  --json                what was written as JSON, and nothing else, on standard output
  --help

exit code: 0 it is written; 2 it is not, and why

  chaos-proxy export memory.chaos
  chaos-proxy export /backup/memory-$(date +%F).chaos --data-dir /var/lib/chaos-proxy
`

export const exportMemory: SubCommand = {
  name: 'export',
  summary: 'what was learned as one file: to move it, to seed another instance, as a backup',
  usage: exportUsage,
  async run(io) {
    const fail = (problem: string): number => {
      io.err(`chaos-proxy export: ${problem}\n`)
      return exitCodes.usage
    }
    const parsed = readArgs(() => parse(io.args))
    if (parsed === 'help') {
      io.out(exportUsage)
      return exitCodes.fine
    }
    if ('problem' in parsed) return fail(`${parsed.problem}; chaos-proxy export --help tells more`)
    const { values, positionals } = parsed
    const [file, ...more] = positionals
    if (file === undefined || more.length > 0)
      return fail('name one file to write to, such as memory.chaos; chaos-proxy export --help tells more')
    const dataDir = resolve(values['data-dir'] ?? (io.env.CHAOS_DATA_DIR || './chaos-data'))
    try {
      const { head, rows, answers } = await writeCopy({
        ...{ memoryDir: join(dataDir, 'memory'), file, release: version, at: new Date().toISOString() },
        keys: values['without-keys'] ? {} : readScopeKeys(dataDir),
      })
      const { keys, ...told } = head
      const isEncrypted = head.dataVersion === SEALED_DATA_VERSION
      io.out(
        values.json
          ? `${JSON.stringify({ file, ...told, encrypted: isEncrypted, keys: Object.keys(keys), rows, answers }, undefined, 2)}\n`
          : `${file}: ${countText(answers, 'answer')}, ${countText(rows, 'row')}${Object.keys(keys).length > 0 ? ', with the key of credentials' : ''}${isEncrypted ? ', encrypted as the memory is' : ''}\n`,
      )
      return exitCodes.fine
    } catch (error) {
      return fail((error as Error).message)
    }
  },
}

function parse(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { 'data-dir': { type: 'string' }, 'without-keys': flag, json: flag, help: { ...flag, short: 'h' } },
  })
}
