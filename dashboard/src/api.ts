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
  readonly body?: unknown
  readonly signal?: AbortSignal
}

export async function ask<T>(path: string, { method = 'GET', body, signal }: AskOptions = {}): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (body !== undefined) headers['content-type'] = 'application/json'
  let response: Response
  try {
    response = await fetch(path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Problem(0, 'The proxy does not answer', 'it may have been stopped; this page tries again by itself', '')
  }
  if (response.status === 401) refuse()
  const text = await response.text()
  const value = readJson(text)
  if (response.ok) return value as T
  const told = (value ?? {}) as { title?: string; detail?: string; field?: string }
  throw new Problem(response.status, told.title ?? `status ${response.status}`, told.detail ?? '', told.field ?? '')
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
