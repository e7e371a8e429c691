// thread: main
// Asks one upstream how it is, with the client that requests go through: the same TLS, the same strict parser.
import type { HealthAnswer } from '../contract/upstreams.js'
import { type UpstreamAddress, UpstreamClient, type UpstreamTls } from './client.js'

export interface HealthQuestion {
  /** Put behind the path of the upstream, as the target of a request is. */
  readonly path: string
  /** Longest wait for the answer. */
  readonly waitMs: number
  readonly maxHeaderBytes: number
  readonly tls: UpstreamTls | undefined
}

/** Never rejects. A connection of its own each time: what it asks is also whether there is one to be had. */
export function askHealth(upstream: UpstreamAddress, question: HealthQuestion): Promise<HealthAnswer> {
  const { path, waitMs, maxHeaderBytes, tls } = question
  const client = new UpstreamClient([upstream], {
    connectTimeoutMs: waitMs,
    responseTimeoutMs: waitMs,
    idleTimeoutMs: waitMs,
    maxHeaderBytes,
    maxConnections: 1,
    retries: 0,
    balance: 'round-robin',
    ejectFailures: 0,
    ejectMs: 0,
    slowStartMs: 0,
    tls,
  })
  return new Promise(resolve => {
    const end = (answer: HealthAnswer): void => {
      clearTimeout(timer)
      client.close()
      resolve(answer)
    }
    // The time for connecting and that for answering together.
    const timer = setTimeout(() => end({ because: `no answer within ${waitMs} ms` }), waitMs)
    client.request(
      {
        method: 'GET',
        head:
          `GET ${upstream.pathPrefix}${path} HTTP/1.1\r\nhost: ${upstream.authority}\r\n` +
          'user-agent: chaos-proxy-health-check\r\naccept: */*\r\nconnection: close\r\n\r\n',
        bodyLength: 0,
        repeatable: true,
      },
      {
        // The status says all; what follows it may be long.
        onHead: ({ status }) => end({ status }),
        onData: () => {},
        onEnd: () => {},
        onFault: code => end({ because: code }),
        onDrain: () => {},
      },
    )
  })
}
