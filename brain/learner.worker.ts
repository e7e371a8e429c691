// thread: learner
// Composition root of the learner thread: memory, index, and the ways of the ghosts that it grades.
import { workerData } from 'node:worker_threads'
import type { LearnerReply, LearnerTask, LearnReply } from '../core/contract/brain-tasks.js'
import type { Exchange } from '../core/contract/exchange.js'
import { unpackExchanges } from '../core/contract/exchange-wire.js'
import { ForgetMatcher, type Forgetting, isForgotten } from '../core/contract/forgetting.js'
import type { MemoryErasure } from '../core/contract/memory.js'
import type { SealingKeys } from '../core/contract/sealing.js'
import { fillTemplate } from '../core/ghost/fill-template.js'
import { refuseExemplar } from '../core/ghost/policy.js'
import { regenerate } from '../core/ghost/regenerate.js'
import { reparameterise } from '../core/ghost/reparameterise.js'
import type { GhostRules } from '../core/ghost/tier.js'
import { openWriter } from '../core/memory/lmdb.js'
import { forgetInMemory, forgettingsIn } from './forget/forget-in-memory.js'
import type { SharedGrades } from './grade/shared-grades.js'
import { openHnsw } from './index/hnsw.js'
import { Learner } from './learner.js'

export interface LearnerWorkerData {
  readonly memoryDir: string
  /** What it is encrypted with; undefined: it is not. */
  readonly memoryKeys: SealingKeys | undefined
  readonly maxBytes: number
  /** Share of one core that grading may take, 0…1. */
  readonly gradeShare: number
  readonly rules: GhostRules
  readonly softFailures: boolean
  /** Undefined: what is strange is not looked for. */
  readonly anomalies: { readonly watchesQueries: boolean } | undefined
}

const data = workerData as LearnerWorkerData
let memory: MemoryErasure | undefined
let learner: Learner | undefined
/** Of what was to be forgotten and may still come: told late by others, or under way while it was erased. */
let forgotten: ForgetMatcher[] = []

/** Opened with the first task, so that a failure reaches whoever asked. */
function open(): Learner {
  if (learner !== undefined) return learner
  memory ??= openWriter(
    data.memoryDir,
    { maxBytes: data.maxBytes, forgotten: textKeys => learner?.forget(textKeys) },
    data.memoryKeys,
  )
  forgotten = forgettingsIn(memory, Date.now()).map(forgetting => new ForgetMatcher(forgetting))
  learner = new Learner({
    memory,
    openIndex: () => openHnsw(),
    ghosts: {
      fillTemplate,
      regenerate,
      reparameterise,
      refuses: (exemplar, now) => refuseExemplar(exemplar, now, data.rules) !== undefined,
    },
    serving: data.rules,
    now: () => Date.now(),
    gradeShare: data.gradeShare,
    softFailures: data.softFailures,
    keepsNoStore: data.rules.honour === 'ignore-no-store',
    anomalies: data.anomalies,
  })
  return learner
}

function unforgotten(exchanges: Exchange[]): Exchange[] {
  return forgotten.length === 0 ? exchanges : exchanges.filter(exchange => !isForgotten(forgotten, exchange))
}

async function forget(forgetting: Forgetting, dryRun: boolean): Promise<LearnerReply> {
  const before = open()
  let learned: LearnReply | undefined
  const { stores, textKeys } = await forgetInMemory(
    {
      memory: memory!,
      flush: async () => {
        learned = await before.flush()
      },
      relearn: async () => {
        learner = undefined
        learned = await open().boot()
      },
    },
    forgetting,
    dryRun,
  )
  forgotten = forgettingsIn(memory!, Date.now()).map(one => new ForgetMatcher(one))
  return { kind: 'forgot', stores, textKeys, learned }
}

export default async function handle(task: LearnerTask): Promise<LearnerReply> {
  const it = open()
  switch (task.kind) {
    case 'boot':
      return it.boot()
    case 'learn':
      return it.learn(unforgotten(unpackExchanges(task.bytes)))
    case 'learn-shared':
      return it.learn(unforgotten(unpackExchanges(task.bytes)), { position: task.position })
    case 'grades':
      return { kind: 'grades', json: JSON.stringify(it.grades()) }
    case 'adopt-grades':
      it.adopt(JSON.parse(task.json) as SharedGrades)
      return { kind: 'adopted' }
    case 'index':
      return it.index(task.embedder, task.items)
    case 'search':
      return it.search(task.embedder, task.routeId, task.partition, task.text, task.vector, task.neighbours)
    case 'compose':
      return { kind: 'composed', reply: it.compose(task.question) }
    case 'unshipped':
      return it.unshipped(task.demand)
    case 'readiness':
      return { kind: 'readiness', report: it.readiness() }
    case 'warm':
      return { kind: 'warm', targets: it.warmTargets(task.limit) }
    case 'unembedded':
      return { kind: 'unembedded', toEmbed: it.unembedded(task.embedder, task.limit) }
    case 'expect-anomaly':
      return it.expectAnomaly(task.name)
    case 'forget':
      return forget(task.forgetting, task.dryRun)
    case 'tick':
      return it.tick()
    case 'flush':
      return it.flush()
  }
}
