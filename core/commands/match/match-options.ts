// thread: main of a process that is no proxy
// The command line of `chaos-proxy match`. Pure.
import { parseArgs } from 'node:util'
import { readCurl, readCurlWords } from '../../contract/curl-line.js'
import type { AdminAddress } from '../admin-client.js'
import { adminAddressOf, adminOptions, adminUsage } from '../admin-options.js'
import { readArgs } from '../read-args.js'

export interface MatchOptions {
  readonly address: AdminAddress
  /** Body of POST /api/debug/match; the proxy checks what it means. */
  readonly question: object
  readonly json: boolean
}

export const matchUsage = `chaos-proxy match [options] [METHOD] PATH
chaos-proxy match [options] curl …

What a ghost would say to a request, and why: the rules that it is read by, what each tier makes of it, the evidence, the nearest
request that was answered. Nothing is sent to the upstream. A curl line is read as it is pasted; its host does not matter.

  --header LINE         -H, "Name: value", as often as needed
  --data TEXT           -d, the body, which needs its content-type
${adminUsage}
  --json                what the proxy says as JSON, and nothing else, on standard output
  --help

exit code: 0 it would answer; 1 it would stay silent; 2 the proxy cannot be asked, and why

  chaos-proxy match /users/7
  chaos-proxy match "/users?sort=name&limit=10" -H "Accept-Language: de"
  chaos-proxy match POST /search -H "content-type: application/json" -d '{"q": "ann"}'
  chaos-proxy match --json curl https://api.example/users/7 -H 'Authorization: Bearer …'
`

/** `problem`: what is wrong. */
export function readMatchOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): MatchOptions | 'help' | { readonly problem: string } {
  // What stands behind curl is curl's, --json as well.
  const at = args.findIndex(arg => /^curl(\s|$)/.test(arg))
  const parsed = readArgs(() => parse(at < 0 ? args : args.slice(0, at)))
  if (parsed === 'help' || 'problem' in parsed) return parsed
  const { values, positionals } = parsed
  const address = adminAddressOf(values, env)
  if ('problem' in address) return address
  if (at >= 0) {
    const given = [...positionals, ...(values.header ?? []), ...(values.data === undefined ? [] : [values.data])]
    if (given.length > 0) return { problem: `${given[0]} stands before curl: the line of curl says all of the request` }
    const read = args[at] === 'curl' ? readCurlWords(args.slice(at)) : readCurl(args.slice(at).join(' '))
    return read.ok ? { address, question: read.request, json: values.json } : { problem: read.problem }
  }
  const [path, ...others] =
    positionals.length > 1 ? [positionals[1]!, positionals[0]!, ...positionals.slice(2)] : positionals
  if (path === undefined) return { problem: 'which request? Say its path, such as /users/7' }
  if (others.length > 1) return { problem: `${others[1]} is one thing too many; quote a path with blanks or & in it` }
  const headers: Record<string, string | string[]> = {}
  for (const line of values.header ?? []) {
    const colon = line.indexOf(':')
    if (colon < 1) return { problem: `--header ${line} is not of the form "Name: value"` }
    const name = line.slice(0, colon).trim().toLowerCase()
    const value = line.slice(colon + 1).trim()
    headers[name] = name in headers ? [headers[name]!, value].flat() : value
  }
  return {
    address,
    question: {
      method: (others[0] ?? 'GET').toUpperCase(),
      path: withoutOrigin(path),
      headers,
      body: values.data ?? '',
    },
    json: values.json,
  }
}

/** A whole URL is what a browser copies. */
function withoutOrigin(path: string): string {
  const rest = /^https?:\/\/[^/?#]+([^#]*)/i.exec(path)?.[1]
  return rest === undefined ? path : rest.startsWith('/') ? rest : `/${rest}`
}

function parse(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      header: { type: 'string', short: 'H', multiple: true },
      data: { type: 'string', short: 'd' },
      ...adminOptions,
      json: flag,
      help: { ...flag, short: 'h' },
    },
  })
}
