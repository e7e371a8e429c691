// thread: main of a process that is no proxy
// `chaos-proxy import`: a learned memory out of one file.
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { putScopeKeys } from '../data/scope-keys.js'
import { readCopy } from '../memory/memory-copy.js'
import { exitCodes, type SubCommand } from './command.js'
import { countText } from './quantities.js'

export const importUsage = `chaos-proxy import FILE [options]

Puts what chaos-proxy export has written in the place of the memory in a data folder. No proxy may run with that folder. The file is
read and checked whole before anything changes; what was there before is moved aside, not deleted, and so is another key of
credentials. Files of newer releases are refused.

  --data-dir DIR        the data folder (CHAOS_DATA_DIR, or ./chaos-data); made where it is missing
  --json                what was done as JSON, and nothing else, on standard output
  --help

exit code: 0 it is there; 2 nothing was changed, and why

  chaos-proxy import memory.chaos
  chaos-proxy import memory.chaos --data-dir /var/lib/chaos-proxy
`

export const importMemory: SubCommand = {
  name: 'import',
  summary: 'what chaos-proxy export has written, in the place of the memory in a data folder',
  usage: importUsage,
  async run(io) {
    const fail = (problem: string): number => {
      io.err(`chaos-proxy import: ${problem}\n`)
      return exitCodes.usage
    }
    let parsed: ReturnType<typeof parse>
    try {
      parsed = parse(io.args)
    } catch (error) {
      return fail(`${(error as Error).message}; chaos-proxy import --help tells more`)
    }
    const { values, positionals } = parsed
    if (values.help) {
      io.out(importUsage)
      return exitCodes.fine
    }
    const [file, ...more] = positionals
    if (file === undefined || more.length > 0)
      return fail('name one file, such as memory.chaos; chaos-proxy import --help tells more')
    const dataDir = resolve(values['data-dir'] ?? (io.env.CHAOS_DATA_DIR || './chaos-data'))
    const movedKeys: string[] = []
    try {
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
    options: { 'data-dir': { type: 'string' }, json: flag, help: { ...flag, short: 'h' } },
  })
}
