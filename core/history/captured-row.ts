// thread: history
// One captured exchange as a store keeps it.
import type { CapturedExchange } from '../contract/history.js'
import type { Engine, SqlValue } from './engine.js'

export interface CaptureRow {
  readonly method: string
  readonly target: string
  readonly scope: string
  readonly status: number
  readonly request_headers: string
  readonly request_body: Uint8Array
  readonly headers: string
  readonly body: Uint8Array
}

export const capturedColumns = 'method, target, scope, status, request_headers, request_body, headers, body'

export function capturedOf(row: CaptureRow): CapturedExchange {
  const { method, target, scope, status, request_headers, request_body, headers, body } = row
  return {
    ...{ method, target, scope, status, body },
    requestHeaders: JSON.parse(request_headers) as string[],
    requestBody: request_body,
    headers: JSON.parse(headers) as string[],
  }
}

/** It is encrypted, and could not be decrypted; see sealed-engine.ts. */
export const isUnopened = ({ target }: { readonly target: string }): boolean => target === ''

/** `values`: as `filterOfId` makes them. Null: it was not captured, cannot be decrypted, or is not kept any more. */
export async function capturedAt(engine: Engine, values: readonly SqlValue[]): Promise<CapturedExchange | null> {
  const [row] = await engine.rows<CaptureRow>(
    `SELECT ${capturedColumns} FROM captures WHERE started_at = $1 AND run = $2 AND seq = $3 LIMIT 1`,
    values,
  )
  return row === undefined || isUnopened(row) ? null : capturedOf(row)
}
