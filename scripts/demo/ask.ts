// One request of a client, and what it got.

export interface Request {
  readonly method: string
  readonly path: string
  /** Without the word Bearer. */
  readonly token?: string
  readonly body?: string
}

export interface Reply {
  readonly status: number
  /** Of x-ghost: a tier, `none` for a refusal, or undefined for a live answer. */
  readonly ghost: string | undefined
  readonly confidence: number | undefined
  /** Why a ghost stayed silent. */
  readonly refused: string | undefined
  readonly body: string
}

export type Ask = (request: Request) => Promise<Reply>

export function asking(baseUrl: string): Ask {
  return async ({ method, path, token, body }) => {
    const headers: Record<string, string> = { accept: 'application/json' }
    if (token !== undefined) headers.authorization = `Bearer ${token}`
    if (body !== undefined) headers['content-type'] = 'application/json'
    const init: RequestInit = { method, headers, redirect: 'manual' }
    if (body !== undefined) init.body = body
    const response = await fetch(baseUrl + path, init)
    const text = await response.text()
    const confidence = response.headers.get('x-ghost-confidence')
    return {
      status: response.status,
      ghost: response.headers.get('x-ghost') ?? undefined,
      confidence: confidence === null ? undefined : Number(confidence),
      refused: response.headers.get('x-ghost-refused') ?? undefined,
      body: text,
    }
  }
}
