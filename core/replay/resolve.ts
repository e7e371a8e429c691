// thread: main
// A target becomes an address once, before anything is sent: what the name stands for later does not matter any more.
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { addressProblem, type ReplayTarget } from './target.js'

export type Resolve = (host: string) => Promise<readonly string[]>

/** By the system, as a connection would. */
export const systemResolve: Resolve = async host =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address)

/** All that the name stands for, and none of it may be what it must not be. `ownPorts`: of this proxy. */
export async function checkedAddresses(
  target: ReplayTarget,
  ownPorts: readonly number[],
  resolve: Resolve = systemResolve,
): Promise<{ readonly addresses: readonly string[] } | { readonly problem: string }> {
  let addresses: readonly string[]
  try {
    addresses = isIP(target.host) === 0 ? await resolve(target.host) : [target.host]
  } catch (error) {
    return { problem: `${target.host} cannot be resolved: ${(error as Error).message}` }
  }
  if (addresses.length === 0) return { problem: `${target.host} stands for no address` }
  const own = { ports: ownPorts, addresses: ownAddresses() }
  for (const address of addresses) {
    const problem = addressProblem(target, address, own)
    if (problem !== undefined) return { problem }
  }
  return { addresses }
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap(some => (some ?? []).map(({ address }) => address))
}
