// thread: main
// What each endpoint is for, what it takes and what it answers: the source of the OpenAPI file and of docs/admin-api.md. The
// endpoints themselves check; test/integration/admin-bad-input.test.ts holds one against the other.
import { feedbacks } from '../contract/anomalies.js'
import { drillKinds, drillStatuses } from '../contract/drills.js'
import { modes } from '../contract/ghost.js'
import { routeOrders } from '../contract/history.js'
import { journalStates } from '../contract/journal.js'
import { replaySources } from '../contract/replays.js'

/** As far as it is used here: JSON Schema 2020-12. */
export interface Schema {
  readonly type?: 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array'
  readonly enum?: readonly (string | number)[]
  readonly const?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly pattern?: string
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly description?: string
}

export interface Operation {
  /** One sentence. */
  readonly summary: string
  readonly query?: Readonly<Record<string, Schema>>
  /** Of these, those that must be there. */
  readonly needs?: readonly string[]
  /** Others are refused. */
  readonly isStrict?: boolean
  readonly body?: Schema
  /** By status; 200 with JSON unless said. */
  readonly answers?: Readonly<Record<number, string>>
  /** Of the good answer, where it is not JSON. */
  readonly mediaType?: string
}

const object = (properties: Readonly<Record<string, Schema>>, ...required: string[]): Schema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})
const whole = (minimum: number, maximum: number, description: string): Schema => ({
  type: 'integer',
  minimum,
  maximum,
  description,
})
const text = (description: string): Schema => ({ type: 'string', description })
const orDefault = (schema: Schema, description: string): Schema => ({
  anyOf: [schema, { type: 'string', const: 'default' }],
  description,
})

const moment = '`2026-01-31T14:05:00Z`, epoch ms, or how long ago: `90s`, `15m`, `2h`, `7d`' as const
const window: Readonly<Record<string, Schema>> = {
  from: { type: 'string', pattern: '^.*\\d.*$', description: `Begin: ${moment}. An hour before the end unless said.` },
  to: { type: 'string', pattern: '^.*\\d.*$', description: `End: ${moment}. Now unless said.` },
}
const unanswered = 'The history is off, or its store does not answer; the detail says why.'
const noDrills = 'Drills are off: `CHAOS_DRILLS=on` allows them.'
const noAnomalies = 'Nobody looks for them; `CHAOS_ANOMALIES=on` does.'
const unknownId = 'Nothing has this id.'

/** Of exchanges. */
const chosen: Readonly<Record<string, Schema>> = {
  route: text('`GET /users/{id}`.'),
  method: text('`GET`.'),
  status: {
    type: 'string',
    pattern: '^([1-5][xX]{2}|\\d{1,3}(-\\d{1,3})?)$',
    description: '`503`, `5xx` or `400-499`.',
  },
  by: {
    type: 'string',
    pattern: '^[a-z]+(,[a-z]+)*$',
    description:
      'Who answered: `upstream`, a tier, `ghost` for all tiers, `journal`, `refusal`, `rejection`, `aborted` or `cut`; several with commas.',
  },
  scope: text('Keyed hash of the credentials.'),
}

const matchQuestion: Readonly<Record<string, Schema>> = {
  method: { type: 'string', pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$", description: 'GET unless said.' },
  path: {
    type: 'string',
    pattern: '^/[^#\\u0000-\\u001f\\u007f]*$',
    maxLength: 16384,
    description: 'Path with query.',
  },
  body: text('Of the request that is meant.'),
}

const matchBody = object(
  {
    ...matchQuestion,
    headers: {
      type: 'object',
      additionalProperties: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
    },
  },
  'path',
)

/** By `METHOD path`. */
export const operations: Readonly<Record<string, Operation>> = {
  'GET /healthz': { summary: 'Is the process alive? Needs no token.' },
  'GET /readyz': {
    summary:
      'May traffic be sent here? Needs no token. An upstream that is down is no reason against it: ghosts answer.',
    answers: { 200: 'It listens and its edges run.', 503: 'Not yet, or not any more; `because` says why.' },
  },
  'GET /metrics': { summary: 'Metrics for Prometheus.', mediaType: 'text/plain' },
  'GET /openapi.json': { summary: 'This description.' },
  'GET /api/status': { summary: 'Uptime, upstreams, circuits, ghosts, threads, stores, and how healthy all that is.' },
  'GET /api/learning': { summary: 'How much was captured, learned, dropped, and what is stored.' },
  'GET /api/routes': {
    summary:
      'The learned routes with their grades, baselines, what is ignored in questions, and the switch where one is set.',
  },
  'GET /api/routes/{id}': {
    summary: 'One learned route; `policy` is what holds there, as in `GET /api/switches`.',
    answers: { 404: unknownId },
  },
  'GET /api/readiness': {
    summary: 'How good ghosts would be if the upstream died now, overall and by route, and what is missing.',
    answers: { 503: 'The learner does not answer just now.' },
  },
  'GET /api/mode': { summary: 'When ghosts answer.' },
  'PUT /api/mode': {
    summary: 'Sets when ghosts answer: where the upstream fails, never, or always.',
    body: object({ mode: { type: 'string', enum: modes } }, 'mode'),
  },
  'GET /api/upstreams': { summary: 'The upstreams, and those that are left and still answer something.' },
  'PUT /api/upstreams': {
    summary: 'Replaces the list of upstreams, whole or not at all, until the next start.',
    body: object(
      {
        upstreams: {
          type: 'array',
          minItems: 1,
          items: { type: 'string', pattern: '^ *https?://[^?#@]+$', description: 'As in `CHAOS_UPSTREAM`.' },
        },
      },
      'upstreams',
    ),
  },
  'GET /api/switches': {
    summary:
      'The switches that are set, and for each route what holds there and who said so: switch, routes file, settings.',
  },
  'PUT /api/switches': {
    summary:
      'Switches a learned route while the proxy runs; kept across restarts. What is not named stays, `"default"` goes back to the file and the settings.',
    body: object(
      {
        route: text('As in `GET /api/switches`: `GET /users/{id}`.'),
        ghost: { type: 'string', enum: ['auto', 'off', 'default'], description: '`off`: no ghost answers there.' },
        minConfidence: orDefault(
          { type: 'number', minimum: 0, maximum: 1 },
          'In place of `CHAOS_GHOST_MIN_CONFIDENCE`.',
        ),
        maxAgeS: orDefault({ type: 'integer', minimum: 0 }, 'In place of `CHAOS_GHOST_MAX_AGE_S`; 0: any age.'),
        hedgeMs: orDefault(
          { type: 'integer', minimum: 0, maximum: 60_000 },
          'In place of `CHAOS_GHOST_HEDGE_MS`; 0: the upstream is waited for.',
        ),
        writes: {
          type: 'string',
          enum: ['refuse', 'journal', 'default'],
          description: 'In place of `CHAOS_GHOST_WRITES`.',
        },
        sharing: {
          type: 'string',
          enum: ['public', 'own', 'default'],
          description:
            '`own`: an answer is given to the credentials alone that it was given to, though it says `public`.',
        },
      },
      'route',
    ),
    answers: {
      404: 'No learned route is called that.',
      409: 'It has no path of its own (GraphQL, JSON-RPC), no journal is open, or too many are set.',
      503: 'The disk did not take it, or another process is taking over; nothing was changed.',
    },
  },
  'DELETE /api/switches': {
    summary: 'Takes all switches back.',
    answers: { 503: 'The disk did not take it, or another process is taking over; nothing was changed.' },
  },
  'DELETE /api/switches/{id}': {
    summary: 'Takes the switch of a route back; `{id}` is the route, percent-encoded: `GET%20%2Fusers%2F%7Bid%7D`.',
    answers: {
      404: 'It has none.',
      503: 'The disk did not take it, or another process is taking over; nothing was changed.',
    },
  },
  'GET /api/debug/match': {
    summary: 'What would the ghost say to this request, and why? Nothing is sent to the upstream.',
    query: {
      ...matchQuestion,
      header: { type: 'string', pattern: '^[^:]+:.*$', description: '`Name: value`; may be given several times.' },
      headers: text('All fields as a JSON object of strings.'),
    },
    needs: ['path'],
    isStrict: true,
  },
  'POST /api/debug/match': {
    summary: 'The same, with the request in a body.',
    body: matchBody,
  },
  'POST /api/debug/live': {
    summary:
      'What the ghost says, beside what the upstream says to the very same request: GET or HEAD without a body, sent as a client would.',
    body: matchBody,
  },
  'GET /api/journal': {
    summary: 'Writes that wait, oldest first. Neither fields nor bodies of requests are told: they hold credentials.',
    query: {
      state: { type: 'string', enum: journalStates },
      limit: whole(1, 1000, '100 unless said.'),
      after: whole(0, 999_999_999_999_999, 'The `next` of the page before.'),
    },
  },
  'GET /api/journal/{id}': { summary: 'One write that waits, or that ended a while ago.', answers: { 404: unknownId } },
  'POST /api/journal/{id}/retry': {
    summary: 'Sends a parked write again.',
    answers: {
      404: unknownId,
      409: 'It is not parked, or this version cannot read it.',
      503: 'The disk did not take it.',
    },
  },
  'POST /api/journal/{id}/discard': {
    summary: 'Gives a parked write up.',
    answers: { 404: unknownId, 409: 'It is not parked.', 503: 'The disk did not take it.' },
  },
  'POST /api/forget': {
    summary:
      'Erases what one credential, one route or one text is about, wherever it is kept, searches again, and reports by store. Say one of `scope`, `route` and `match`.',
    body: object({
      scope: text(
        'The credential as the client sends it, `Authorization: Bearer …`, one header a line. Never stored or logged.',
      ),
      route: { type: 'string', pattern: '^(?:[A-Za-z]+ )?/\\S*$', description: '`/users/{id}` or `GET /users/{id}`.' },
      match: {
        type: 'string',
        pattern: '\\S[\\s\\S]{2,998}\\S',
        maxLength: 1000,
        description: 'A text in a path, a query or a body, such as an e-mail; 4 to 1,000 characters.',
      },
      dryRun: { type: 'boolean', description: 'Counts, and changes nothing.' },
      pending: { type: 'boolean', description: 'Also journalled writes that were acknowledged and not sent.' },
    }),
    answers: { 409: 'Something is being forgotten just now.' },
  },
  'GET /api/outages': { summary: 'The last outages and what ghosts said in them; a page where a browser asks.' },
  'GET /api/outages/{id}': {
    summary: 'One outage: what ghosts said, held against the truth; a page where a browser asks.',
    answers: { 404: unknownId },
  },
  'GET /api/exchanges': {
    summary: 'Exchanges of the history, newest first.',
    query: {
      ...window,
      ...chosen,
      limit: whole(1, 1000, '50 unless said.'),
      cursor: text('The `next` of the page before.'),
    },
    isStrict: true,
    answers: { 503: unanswered },
  },
  'GET /api/exchanges/{id}': {
    summary: 'One exchange, with request and response where they were captured.',
    answers: { 404: unknownId, 503: unanswered },
  },
  'GET /api/exchanges.har': {
    summary: 'Captured exchanges as a HAR file, secrets redacted.',
    query: {
      ...window,
      ...chosen,
      limit: whole(1, 10_000, '1,000 unless said.'),
    },
    isStrict: true,
    answers: { 503: unanswered },
    mediaType: 'application/json',
  },
  'POST /api/exchanges': {
    summary: 'What was recorded elsewhere is learned as if it had come through: all of it, or none.',
    body: object(
      {
        exchanges: {
          type: 'array',
          items: {
            type: 'object',
            required: [
              ...['startedAt', 'completedAt', 'method', 'target', 'requestHeaders', 'requestBody'],
              ...['status', 'headers', 'body'],
            ],
            properties: {
              startedAt: { type: 'number', minimum: 0, description: 'Epoch ms.' },
              completedAt: { type: 'number', minimum: 0, description: 'Epoch ms.' },
              method: text('`GET`.'),
              target: text('Path with query.'),
              requestHeaders: { type: 'array', items: { type: 'string' }, description: 'Names and values in turn.' },
              requestBody: text('As its encoding says.'),
              requestBodyEncoding: { type: 'string', enum: ['utf8', 'base64'], description: '`utf8` unless said.' },
              status: whole(100, 599, 'Of the answer.'),
              headers: { type: 'array', items: { type: 'string' }, description: 'Names and values in turn.' },
              body: text('Without a coding; as its encoding says.'),
              bodyEncoding: { type: 'string', enum: ['utf8', 'base64'], description: '`utf8` unless said.' },
            },
          },
        },
      },
      'exchanges',
    ),
  },
  'GET /api/whatif': {
    summary: 'What an outage would have looked like that began then.',
    query: {
      at: {
        type: 'string',
        pattern: '^.*\\d.*$',
        description: `Its begin: ${moment}. In the past; ten minutes ago unless said.`,
      },
      for: {
        type: 'string',
        pattern: '^\\d+(s|m|h)$',
        description: 'How long it lasts: `90s`, `10m`, `2h`; ten minutes unless said.',
      },
      acceptable: {
        type: 'string',
        pattern: '^(0|1|0?\\.\\d+)$',
        description: 'From which similarity on, 0 to 1, an answer counts as acceptable.',
      },
    },
    isStrict: true,
    answers: { 409: 'Another report is being made.', 503: unanswered },
  },
  'GET /api/history/readiness': {
    summary: 'How readiness was, noted once a minute.',
    query: { ...window, points: whole(1, 2000, '120 unless said.') },
    isStrict: true,
    answers: { 503: unanswered },
  },
  'GET /api/history/series': {
    summary: 'Requests, errors, ghosts, octets and percentiles over time.',
    query: {
      ...window,
      route: text('`GET /users/{id}`; all unless said.'),
      points: whole(1, 2000, '120 unless said.'),
    },
    isStrict: true,
    answers: { 503: unanswered },
  },
  'GET /api/history/routes': {
    summary: 'The same by route.',
    query: { ...window, order: { type: 'string', enum: routeOrders }, limit: whole(1, 500, '20 unless said.') },
    isStrict: true,
    answers: { 503: unanswered },
  },
  'GET /api/history/outages': {
    summary: 'Outages within a time.',
    query: window,
    isStrict: true,
    answers: { 503: unanswered },
  },
  'GET /api/anomalies': {
    summary: 'What is strange, the most severe first.',
    answers: { 503: noAnomalies },
  },
  'GET /api/anomalies/{id}': {
    summary: 'One anomaly with its evidence, a series for a chart, and an example.',
    answers: { 404: unknownId, 503: noAnomalies },
  },
  'POST /api/anomalies/{id}': {
    summary: 'Says of an anomaly that it is dismissed, or expected from now on.',
    body: object({ feedback: { type: 'string', enum: feedbacks } }, 'feedback'),
    answers: { 404: unknownId, 503: noAnomalies },
  },
  'POST /api/drills': {
    summary: 'Begins a drill: a fault that is imitated.',
    body: object(
      {
        kind: { type: 'string', enum: drillKinds },
        durationS: whole(1, 86_400, 'It ends by itself.'),
        share: { type: 'number', minimum: 0, maximum: 1, description: 'Of the requests that are hit; 1 unless said.' },
        routes: {
          anyOf: [
            { type: 'string', const: 'all' },
            {
              type: 'array',
              minItems: 1,
              items: { type: 'string', description: 'A learned route, `GET /users/{id}`.' },
            },
          ],
        },
        rampS: whole(0, 86_400, 'Until the full share; at most `durationS`.'),
        seed: whole(0, 0xffffffff, 'The same requests are hit with the same seed.'),
        concurrent: { type: 'boolean', description: 'Beside a drill that runs.' },
        latencyMs: whole(1, 600_000, 'For `latency` and `slow-body` alone.'),
        status: { type: 'integer', enum: drillStatuses, description: 'For `error` alone.' },
      },
      'kind',
      'durationS',
    ),
    answers: { 201: 'It runs.', 403: noDrills, 409: 'Another one runs.' },
  },
  'GET /api/drills': { summary: 'The last drills.', answers: { 403: noDrills } },
  'GET /api/drills/{id}': { summary: 'One drill and its report.', answers: { 403: noDrills, 404: unknownId } },
  'DELETE /api/drills/{id}': { summary: 'Ends a drill.', answers: { 403: noDrills, 404: unknownId } },
  'DELETE /api/drills': { summary: 'Ends all drills.', answers: { 403: noDrills } },
  'POST /api/replays': {
    summary: 'Sends recorded traffic again, to a target of `CHAOS_REPLAY_TARGETS`, and compares the answers.',
    body: object({
      source: { type: 'string', enum: replaySources, description: '`history` unless said; `har` waits for files.' },
      target: { type: 'string', pattern: '^https?://', description: 'Needed where several are allowed.' },
      from: { anyOf: [{ type: 'string', pattern: '^.*\\d.*$' }, { type: 'number' }], description: `Begin: ${moment}.` },
      to: { anyOf: [{ type: 'string', pattern: '^.*\\d.*$' }, { type: 'number' }], description: `End: ${moment}.` },
      routes: { type: 'array', items: { type: 'string' }, description: '`GET /users/{id}`; all unless said.' },
      methods: { type: 'array', items: { type: 'string' } },
      status: {
        anyOf: [whole(100, 599, '`503`.'), { type: 'string', pattern: '^([1-5][xX]{2}|\\d{3}(-\\d{3})?)$' }],
        description: '`503`, `5xx` or `400-499`.',
      },
      scope: text('Keyed hash of the credentials.'),
      sample: { type: 'number', minimum: 0, maximum: 1, description: 'Share of the exchanges; 1 unless said.' },
      seed: whole(0, 0xffffffff, 'The same ones are in the sample with the same seed.'),
      limit: whole(1, 1_000_000, '10,000 unless said.'),
      exchange: {
        type: 'string',
        pattern: '^[0-9a-z]{1,9}-[0-9a-z]{1,6}-[0-9a-z]{1,7}$',
        description: 'The id of one exchange: this one alone. Nothing else that chooses may stand beside it.',
      },
      pace: { type: 'string', enum: ['original', 'rate', 'fast'] },
      speed: { type: 'number', minimum: 0.001, maximum: 100_000, description: 'Of the pace `original`.' },
      perSecond: { type: 'number', minimum: 0.001, maximum: 1_000_000, description: 'Of the pace `rate`.' },
      connections: whole(1, 1024, '16 unless said.'),
      writes: { type: 'boolean', description: 'Also methods that are not safe.' },
      timeoutMs: whole(1, 600_000, '10,000 unless said.'),
      compareFields: { type: 'array', items: text('A response field.') },
      ignored: { type: 'array', items: { type: 'string', pattern: '^[/:]' } },
      secrets: {
        type: 'object',
        additionalProperties: false,
        properties: { scopes: { type: 'object' }, values: { type: 'object' } },
        description: 'What stands in the place of what was redacted. Never stored, logged or told.',
      },
    }),
    answers: { 201: 'It loads or runs.', 403: 'It is no target that is allowed.', 409: 'Another one runs.' },
  },
  'GET /api/replays': { summary: 'The last replays; a page where a browser asks.' },
  'GET /api/replays/{id}': {
    summary: 'One replay: in what the answers differ, by route; a page where a browser asks.',
    answers: { 404: unknownId },
  },
  'POST /api/replays/{id}/pause': { summary: 'Sends nothing more until it is resumed.', answers: { 404: unknownId } },
  'POST /api/replays/{id}/resume': { summary: 'Goes on with a paused replay.', answers: { 404: unknownId } },
  'POST /api/replays/{id}/stop': { summary: 'Ends a replay.', answers: { 404: unknownId } },
  'POST /api/replays/{id}/har': {
    summary: 'Adds a HAR file to a replay of the source `har`; `resume` begins it.',
    answers: { 404: unknownId, 409: 'It takes no files.' },
  },
  'GET /api/settings': { summary: 'The settings in force and where each comes from; secrets are masked.' },
  'GET /api/session': { summary: 'Who asks, and what they may.' },
  'POST /api/session': {
    summary: 'Logs in: a token for a cookie. Needs no token in a header.',
    body: object({ token: { type: 'string' } }, 'token'),
    answers: {
      201: 'Logged in.',
      401: 'It is no token of this admin port.',
      429: 'Too many wrong ones came from there.',
    },
  },
  'DELETE /api/session': { summary: 'Logs out.', answers: { 204: 'Logged out.' } },
}
