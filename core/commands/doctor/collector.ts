// thread: main of a process that is no proxy
// Does the collector of traces answer? Asked with a request that brings no spans.
import type { Settings } from '../../contract/settings.js'
import { type CollectorSettings, openOtlpPost } from '../../tracing/open-exporter.js'
import { otlpForms } from '../../tracing/otlp.js'
import { type Finding, ok, warning, wrong } from './finding.js'

const NAME = 'traces'

/** `tracesEndpoint` must not be ''. */
export async function collectorFinding(
  settings: CollectorSettings & Pick<Settings, 'tracesProtocol'>,
): Promise<Finding> {
  const { tracesEndpoint, tracesProtocol } = settings
  try {
    const post = openOtlpPost(settings)
    const { contentType, encode } = otlpForms[tracesProtocol]
    const posted = await post.send(encode([], { attributes: [], version: '' }), { 'content-type': contentType })
    post.close()
    if ('failed' in posted)
      return warning(
        NAME,
        `the collector at ${tracesEndpoint} is not reached (${posted.failed}): spans are dropped`,
        'start it, or correct CHAOS_TRACES_ENDPOINT; an https one with a certificate of its own needs CHAOS_TRACES_CA',
      )
    const { status } = posted
    return status >= 200 && status < 300
      ? ok(NAME, `the collector at ${tracesEndpoint} takes ${tracesProtocol}`)
      : warning(NAME, `the collector at ${tracesEndpoint} answers ${status}: spans are dropped`, remedyOf(status))
  } catch (error) {
    return wrong(NAME, (error as Error).message, '')
  }
}

function remedyOf(status: number): string {
  if (status === 401 || status === 403) return 'correct the credentials in CHAOS_TRACES_HEADERS'
  if (status === 404 || status === 405)
    return 'correct the path in CHAOS_TRACES_ENDPOINT: with most collectors it is /v1/traces, on port 4318'
  if (status === 415) return 'set CHAOS_TRACES_PROTOCOL to the form that it takes'
  return 'see what the collector logs'
}
