// Asks the admin port. What it refuses it refuses with a problem (RFC 9457) that says what to do: shown as it is.
import { refuse } from './session.js'

export class Problem extends Error {
  constructor(
    /** 0: no answer came. */
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly field: string,
  ) {
    super(detail === '' ? title : `${title}: ${detail}`)
  }
}

export interface AskOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it is. */
  readonly file?: Blob
  readonly signal?: AbortSignal
}

export async function ask<T>(path: string, options: AskOptions = {}): Promise<T> {
  return readJson(await askText(path, options)) as T
}

/** The answer as it came. */
export async function askText(path: string, { method = 'GET', body, file, signal }: AskOptions = {}): Promise<string> {
  const headers: Record<string, string> = { accept: 'application/json' }
  const sent = body === undefined ? file : JSON.stringify(body)
  if (sent !== undefined) headers['content-type'] = 'application/json'
  let response: Response
  try {
    response = await fetch(path, {
      method,
      headers,
      ...(sent === undefined ? {} : { body: sent }),
      ...(signal === undefined ? {} : { signal }),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Problem(0, 'The proxy does not answer', 'it may have been stopped; this page tries again by itself', '')
  }
  if (response.status === 401) refuse()
  const text = await response.text()
  if (response.ok) return text
  const told = (readJson(text) ?? {}) as { title?: string; detail?: string; field?: string }
  throw new Problem(response.status, told.title ?? `status ${response.status}`, told.detail ?? '', told.field ?? '')
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
