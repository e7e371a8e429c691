// thread: main of a process that is no proxy
// Asks the admin port of a proxy that runs. What goes wrong is an AdminError that says what to do.
import { request } from 'node:http'

export class AdminError extends Error {
  constructor(
    message: string,
    /** 0: there was no answer. */
    readonly status: number,
  ) {
    super(message)
  }
}

export interface AdminAddress {
  readonly host: string
  readonly port: number
  /** '' for none. */
  readonly token: string
}

const ANSWER_MS = 10_000

export class AdminClient {
  readonly #address: AdminAddress

  constructor(address: AdminAddress) {
    this.#address = address
  }

  /** Resolves with the body of a 2xx, as JSON. */
  ask<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T> {
    const { host, port, token } = this.#address
    return new Promise((resolve, reject) => {
      const asked = request({
        host,
        port,
        method,
        path,
        timeout: ANSWER_MS,
        headers: {
          ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
      })
      asked.on('timeout', () => asked.destroy(new Error(`no answer in ${ANSWER_MS / 1000} s`)))
      asked.on('error', error =>
        reject(
          new AdminError(
            `the admin port ${host}:${port} cannot be asked: ${error.message}; is the proxy running, and is this its address (--admin, or CHAOS_ADMIN_HOST and CHAOS_ADMIN_PORT)?`,
            0,
          ),
        ),
      )
      asked.on('response', answer => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', piece => {
          text += piece
        })
        answer.on('end', () => {
          const status = answer.statusCode ?? 0
          if (status >= 200 && status < 300 && isJson(text)) resolve(JSON.parse(text) as T)
          else reject(new AdminError(detailIn(text) ?? `${method} ${path} was answered with status ${status}`, status))
        })
      })
      asked.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Of a problem (RFC 9457). */
function detailIn(text: string): string | undefined {
  if (!isJson(text)) return undefined
  const { detail } = (JSON.parse(text) as { detail?: unknown } | null) ?? {}
  return typeof detail === 'string' ? detail : undefined
}
