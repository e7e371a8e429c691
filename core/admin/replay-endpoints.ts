// thread: main
import { type ReplayHandling, type ReplayRefusal, type ReplayReport, replayMembers } from '../contract/replays.js'
import type { AdminSources } from '../contract/status.js'
import type { AdminRequest, Endpoint } from './endpoint.js'
import { pageOrJson } from './page.js'
import { replayListPage, replayPage } from './replay-pages.js'
import { type AdminReply, jsonReply, problem } from './reply.js'

/** Of one HAR file; longer ones are sent in pieces. */
const MAX_HAR_BYTES = 64 << 20

/** Recorded traffic that is sent again, and what came of it: as JSON, and as a page where a browser asks. */
export function replayEndpoints({ replays }: AdminSources): Endpoint[] {
  const handled = (
    action: string,
    handle: (replays: ReplayHandling, id: string) => Promise<ReplayReport | undefined> | ReplayReport | undefined,
  ): Endpoint => ({
    method: 'POST',
    path: `/api/replays/{id}/${action}`,
    handle: async ({ id }) => {
      const report = await handle(replays, id)
      return report === undefined ? unknown(id) : jsonReply(report)
    },
  })
  return [
    { method: 'POST', path: '/api/replays', told: replayMembers, handle: request => begin(replays, request) },
    {
      method: 'GET',
      path: '/api/replays',
      handle: ({ accept }) => {
        const list = replays.list()
        return pageOrJson(accept, () => replayListPage(list), { replays: list })
      },
    },
    {
      method: 'GET',
      path: '/api/replays/{id}',
      handle: ({ id, accept }) => {
        const report = replays.look(id)
        return report === undefined ? unknown(id) : pageOrJson(accept, () => replayPage(report), report)
      },
    },
    handled('pause', (all, id) => all.pause(id)),
    handled('resume', (all, id) => all.resume(id)),
    handled('stop', (all, id) => all.stop(id)),
    {
      method: 'POST',
      path: '/api/replays/{id}/har',
      maxBodyBytes: MAX_HAR_BYTES,
      told: [],
      handle: async ({ id, body }) => {
        const added = await replays.add(id, body)
        if (added === undefined) return unknown(id)
        return 'refused' in added ? refused(added) : jsonReply(added)
      },
    },
  ]
}

async function begin(replays: ReplayHandling, { body }: AdminRequest): Promise<AdminReply> {
  const begun = await replays.begin(body)
  if ('refused' in begun) return refused(begun)
  const reply = jsonReply(begun, 201)
  return { ...reply, headers: { location: `/api/replays/${begun.id}` } }
}

const kinds: Readonly<Record<ReplayRefusal['refused'], readonly [status: number, title: string]>> = {
  plan: [400, 'not a replay'],
  target: [403, 'not a target'],
  busy: [409, 'another replay runs'],
  har: [400, 'not a HAR file'],
  begun: [409, 'it takes no files'],
}

function refused({ refused: kind, field, detail }: ReplayRefusal): AdminReply {
  const [status, title] = kinds[kind]
  return problem(status, title, detail, field)
}

function unknown(id: string): AdminReply {
  return problem(
    404,
    'no such replay',
    `no replay has the id «${id.slice(0, 100)}»; GET /api/replays lists the last ones`,
    'id',
  )
}
