// What stands in the form of a replay, as the body of POST /api/replays. What is wrong with it the proxy says: a number that is none
// goes there as the text that it is. Pure.

const texts = ['source', 'target', 'exchange', 'from', 'to', 'status', 'scope', 'pace'] as const
const numbers = ['sample', 'seed', 'limit', 'speed', 'perSecond', 'connections', 'timeoutMs'] as const
/** Names: none of them has a blank or a comma in it. */
const words = ['methods', 'compareFields'] as const
const lines = ['routes', 'ignored'] as const

/** `text`: what stands in the field of that name; '' for nothing, or where there is no such field. */
export function replayBody(text: (name: string) => string): Record<string, unknown> {
  const body: Record<string, unknown> = {}
  for (const name of texts) if (text(name) !== '') body[name] = text(name)
  for (const name of numbers) if (text(name) !== '') body[name] = numberOr(text(name))
  const lists = [
    ...words.map(name => [name, text(name).split(/[\s,]+/)] as const),
    ...lines.map(name => [name, text(name).split(/\r?\n/)] as const),
  ]
  for (const [name, parts] of lists) {
    const given = parts.map(part => part.trim()).filter(part => part !== '')
    if (given.length > 0) body[name] = given
  }
  if (text('writes') !== '') body.writes = true
  const secrets = text('secrets')
  if (secrets !== '') body.secrets = jsonOr(secrets)
  return body
}

/** Of CHAOS_REPLAY_TARGETS, as GET /api/settings tells it. */
export function targetsIn(setting: string): string[] {
  return setting.split(',').filter(url => url !== '')
}

function numberOr(text: string): number | string {
  const value = Number(text)
  return Number.isFinite(value) ? value : text
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
