// thread: any
// All edges accept from one listening socket: the kernel hands each connection to whichever is free. Each needs a descriptor
// of its own, for a thread that ends closes its descriptors, and a shared one would be closed under all others. Node has no
// dup(); a descriptor that travels to a child process and back is duplicated on the way (unix(7), SCM_RIGHTS).
import { fork } from 'node:child_process'
import { lookup } from 'node:dns/promises'
import * as net from 'node:net'
import { fileURLToPath } from 'node:url'
import { getSystemErrorName } from 'node:util'

/** A socket that is bound and not listening yet. The numbers are those of this process. */
export interface Bound {
  readonly fd: number
  readonly port: number
}

interface RawHandle {
  readonly fd: number
  getsockname(out: { port?: number }): number
  close(): void
}
type CreateHandle = (
  address: string | null,
  port: number | null,
  family: 4 | 6 | null,
  fd: number,
) => RawHandle | number

/**
 * Binds, in main. Undefined where this Node or system cannot share a listening socket between threads; then one edge listens
 * by itself. Rejects where the address is not one of ours.
 */
export async function bindShared(host: string, port: number): Promise<(Bound & { close(): void }) | undefined> {
  const create = (net as unknown as { _createServerHandle?: CreateHandle })._createServerHandle
  if (create === undefined || process.platform === 'win32') return undefined
  const { address, family } = await lookup(host)
  const handle = create(address, port, family === 6 ? 6 : 4, -1)
  if (typeof handle === 'number') throw new Error(cannotListen(host, port, getSystemErrorName(handle)))
  const name: { port?: number } = {}
  // libuv keeps back what bind() said until the next call.
  const status = handle.getsockname(name)
  if (status < 0) {
    handle.close()
    throw new Error(cannotListen(host, port, getSystemErrorName(status)))
  }
  if (handle.fd < 0 || name.port === undefined) {
    handle.close()
    return undefined
  }
  return { fd: handle.fd, port: name.port, close: () => handle.close() }
}

/** The socket that another process has bound, and still listens on; what waits there is not lost. */
export function inheritShared(fd: number): Bound & { close(): void } {
  const create = (net as unknown as { _createServerHandle?: CreateHandle })._createServerHandle
  const handle = create?.(null, null, null, fd)
  if (handle === undefined || typeof handle === 'number')
    throw new Error(`the listening socket ${fd} that was handed over cannot be used`)
  const name: { port?: number } = {}
  handle.getsockname(name)
  return { fd, port: name.port ?? 0, close: () => handle.close() }
}

/** Makes `server` listen, in an edge, on a duplicate of a socket that main has bound. */
export async function listenShared(server: net.Server, fd: number, host: string, port: number): Promise<void> {
  const keeper = fork(fileURLToPath(new URL('./listener-keeper.js', import.meta.url)), [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', fd],
    execArgv: [],
    env: {},
  })
  const handle = await new Promise<object>((resolve, reject) => {
    keeper.once('message', (_message, received) => {
      if (received === undefined) reject(new Error('the listening socket could not be duplicated: none came back'))
      else resolve(received)
    })
    keeper.once('error', reject)
    keeper.once('exit', code => reject(new Error(`the listening socket could not be duplicated: exit code ${code}`)))
  })
  await listen(server, { _handle: handle }, host, port)
}

/** Makes `server` listen by itself; resolves with its port. */
export async function listenAlone(server: net.Server, host: string, port: number): Promise<number> {
  await listen(server, { host, port }, host, port)
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

function listen(server: net.Server, how: object, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(new Error(cannotListen(host, port, error.message)))
    server.once('error', failed)
    server.listen({ backlog: 4096, ...how } as net.ListenOptions, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

function cannotListen(host: string, port: number, because: string): string {
  return `cannot listen on ${host}:${port}: ${because}; free the port or set CHAOS_PORT / CHAOS_HOST`
}
