// thread: main of a process that is no proxy
// What `chaos-proxy forget` is told.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { AdminAddress } from './admin-client.js'
import { adminAddressOf, adminOptions, adminUsage } from './admin-options.js'
import { readArgs } from './read-args.js'

export interface ForgetOptions {
  readonly address: AdminAddress
  /** Of POST /api/forget. */
  readonly body: Readonly<Record<string, string | boolean>>
  readonly json: boolean
}

export const forgetUsage = `chaos-proxy forget (--scope CREDENTIAL | --route ROUTE | --match TEXT) [options]

Erases what one credential, one route or one text is about from a proxy that runs: answers, what was learned of them, vectors, history and
captured bodies, the journal, reports, Redis and the other instances there. Then it searches everything once more and says by store what
was found, what is gone and what remains. Asks the admin port: where no proxy runs with the data folder, start one (its upstream need not
be there), and forget then.

  --scope CREDENTIAL    as the client sends it: "Authorization: Bearer …"; several headers one a line, "?api_key=…" for the query
  --scope-file FILE     the same out of a file, so that it stands in no shell history; - reads standard input
  --route ROUTE         /users/{id} or "GET /users/{id}"; {id} and * stand for one segment, ** at the end for all below
  --match TEXT          every exchange whose path, query, fields or bodies hold it, such as an e-mail; letters A–Z in any case
  --match-file FILE     the same out of a file; - reads standard input
  --dry-run             count, and change nothing
  --pending             also journalled writes that were acknowledged and not sent yet: they are lost then
${adminUsage}
  --json                the report as JSON, and nothing else, on standard output
  --help

exit code: 0 nothing remains, and all was searched; 1 something remains or was not searched, and what to do; 2 nothing was begun, and why

  chaos-proxy forget --match alice@persons.example --dry-run
  chaos-proxy forget --scope-file token.txt
  chaos-proxy forget --route "GET /users/{id}/invoices"
`

/** `problem`: what is wrong. */
export function readForgetOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ForgetOptions | 'help' | { readonly problem: string } {
  const parsed = readArgs(() => parse(args))
  if (parsed === 'help' || 'problem' in parsed) return parsed
  const { values } = parsed
  const { scope, route, match } = values
  const said = { scope, 'scope-file': values['scope-file'], route, match, 'match-file': values['match-file'] }
  const given = Object.entries(said).filter(([, value]) => value !== undefined)
  const [first] = given
  if (first === undefined || given.length > 1)
    return { problem: 'say one of --scope, --scope-file, --route, --match and --match-file' }
  const [option, value = ''] = first
  const text = option.endsWith('-file') ? textIn(option, value) : value
  if (typeof text === 'object') return text
  const address = adminAddressOf(values, env)
  if ('problem' in address) return address
  const about = option.replace('-file', '')
  const body = { [about]: text, dryRun: values['dry-run'], ...(values.pending ? { pending: true } : {}) }
  return { address, body, json: values.json }
}

function textIn(option: string, file: string): string | { readonly problem: string } {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    return { problem: `--${option} ${file} cannot be read: ${(error as Error).message}` }
  }
}

function parse(args: readonly string[]) {
  const [flag, text] = [{ type: 'boolean', default: false } as const, { type: 'string' } as const]
  return parseArgs({
    args: [...args],
    options: {
      ...{ scope: text, 'scope-file': text, route: text, match: text, 'match-file': text, ...adminOptions },
      ...{ 'dry-run': flag, pending: flag, json: flag, help: { ...flag, short: 'h' } },
    },
  })
}
