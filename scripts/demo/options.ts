// The command line of the demo.
import { parseArgs } from 'node:util'
import { DemoError } from './processes.js'

export const usage = `npm run demo -- [options]
  --port N         port of the proxy (8080, or CHAOS_PORT)
  --admin-port N   admin port (9090, or CHAOS_ADMIN_PORT)
  --keep           stay up with the API dead until Ctrl-C
  --recover        bring the API back at the end (default without --keep)
  --no-recover     do not
`

export interface Options {
  readonly port: number
  readonly adminPort: number
  readonly keep: boolean
  readonly recover: boolean
}

function portOf(text: string, name: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new DemoError(`${name} must be a port, 1 to 65535, not ${text}`)
  return port
}

/** undefined: help was asked for. Throws where an option is wrong. */
export function readOptions(): Options | undefined {
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      'admin-port': { type: 'string' },
      keep: flag,
      recover: flag,
      'no-recover': flag,
      help: flag,
    },
  })
  if (values.help) return undefined
  return {
    port: portOf(values.port ?? process.env.CHAOS_PORT ?? '8080', '--port'),
    adminPort: portOf(values['admin-port'] ?? process.env.CHAOS_ADMIN_PORT ?? '9090', '--admin-port'),
    keep: values.keep,
    recover: !values['no-recover'] && (values.recover || !values.keep),
  }
}
