// thread: learner

/** Fields that say something of one body only. */
const perBody = new Set([
  'content-length',
  'content-encoding',
  'etag',
  'last-modified',
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
  'age',
  'expires',
  'content-location',
  'location',
  'link',
])

/** The fields that may stand on another body of the same kind. */
export function headersFor(headers: readonly string[]): string[] {
  return headers.filter((_, i) => !perBody.has(headers[i - (i % 2)]!))
}
