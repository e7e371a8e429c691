// Runs a Node proxy in two processes that share a port. Arguments: port, address of the origin, certificate and key.
import cluster from 'node:cluster'
import { readFileSync } from 'node:fs'

const WORKERS = 2

export interface NodeProxyOrder {
  readonly port: number
  readonly origin: string
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined
}

/** Workers end with their primary. */
export async function inCluster(serve: (order: NodeProxyOrder) => Promise<void> | void): Promise<void> {
  if (cluster.isPrimary) {
    for (let i = 0; i < WORKERS; i++) cluster.fork()
    return
  }
  const [port, origin, cert, key] = process.argv.slice(2)
  const tls = cert === undefined ? undefined : { cert: readFileSync(cert), key: readFileSync(key!) }
  await serve({ port: Number(port), origin: origin!, tls })
}
