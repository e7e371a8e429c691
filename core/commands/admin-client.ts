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
  readonly #answerMs: number

  /** `answerMs`: how long an answer may take. */
  constructor(address: AdminAddress, answerMs = ANSWER_MS) {
    this.#address = address
    this.#answerMs = answerMs
  }

  /** Resolves with the body of a 2xx, as JSON. */
  async ask<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object | string): Promise<T> {
    const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    const { status, text } = await this.#send(method, path, 'application/json', sent)
    const value = jsonIn(text)
    if (status >= 200 && status < 300 && value !== undefined) return value as T
    throw new AdminError(detailIn(value) ?? `${method} ${path} was answered with status ${status}`, status)
  }

  /** Resolves with the body of a 2xx as it is. */
  async text(path: string, accept: string): Promise<string> {
    const { status, text } = await this.#send('GET', path, accept, undefined)
    if (status >= 200 && status < 300) return text
    throw new AdminError(detailIn(jsonIn(text)) ?? `GET ${path} was answered with status ${status}`, status)
  }

  #send(
    method: string,
    path: string,
    accept: string,
    body: string | undefined,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const { host, port, token } = this.#address
    return new Promise((resolve, reject) => {
      const asked = request({
        host,
        port,
        method,
        path,
        timeout: this.#answerMs,
        headers: {
          accept,
          ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
      })
      asked.on('timeout', () => asked.destroy(new Error(`no answer in ${this.#answerMs / 1000} s`)))
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
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      })
      asked.end(body)
    })
  }
}

/** Undefined: it is no JSON. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Of a problem (RFC 9457). */
function detailIn(value: unknown): string | undefined {
  const { detail } = (value as { detail?: unknown } | null | undefined) ?? {}
  return typeof detail === 'string' ? detail : undefined
}
