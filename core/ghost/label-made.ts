// thread: edge
// The answer to a journalled write as its route was seen to answer those who make something, for clients that cannot take 202.
import { Buffer } from 'node:buffer'
import type { CreationForm } from '../contract/creation-form.js'
import type { FaultCode } from '../contract/faults.js'
import { printJson } from '../contract/json.js'
import { proxyStatus, type WireAnswer } from './label.js'
import { locationOf, type Making, madeBody } from './made-thing.js'

/** `status`: where the status of the write is told (RFC 8631 §4). */
export function labelMade(
  form: CreationForm,
  making: Making,
  path: string,
  status: string,
  because: FaultCode,
): WireAnswer {
  const node = form.body === undefined ? undefined : madeBody(form.body, making)
  const body = Buffer.from(node === undefined ? '' : printJson(node))
  const headers = body.length === 0 ? [] : ['content-type', form.contentType]
  const location = form.location === undefined ? undefined : locationOf(form.location, path, making)
  if (location !== undefined) headers.push('location', location)
  headers.push(
    'cache-control',
    'no-store',
    'link',
    `<${status}>; rel="status"`,
    'x-ghost',
    'journalled',
    'proxy-status',
    proxyStatus(because),
  )
  return { status: form.status, headers, body, bodyLength: body.length }
}
