// thread: main
// The brain by the settings, and its memory: taken over, read, or begun anew where it is damaged.
import { type Brain, openBrain } from '../../brain/pool.js'
import type { Lesson } from '../contract/lesson.js'
import type { SealingKeys } from '../contract/sealing.js'
import type { Settings } from '../contract/settings.js'
import type { DataDir } from '../data/data-dir.js'
import type { Predecessor } from '../handover/predecessor.js'
import type { Log } from '../log/log.js'
import { isDamage, resetMemory, setAsideIfDamaged } from '../memory/lmdb.js'
import { sealMemory } from '../memory/seal-memory.js'
import { parseRedisUrl } from '../shared/redis-url.js'

/** Embedding needs few threads: only distinct request shapes are embedded. */
const EMBED_THREADS = 1
/** Exchanges waiting for the learner; more are dropped and counted. */
export const MAX_PENDING = 20_000

export interface OpenedLearner {
  readonly brain: Brain
  /** The first lesson comes from the disk: a proxy that starts in the middle of an outage knows all that the last one knew. */
  readonly lesson: Lesson
  /** Where a damaged memory was moved to; undefined: it was not. */
  readonly setAside: string | undefined
}

/** Waits until the predecessor has left the memory. `keys`: what it is encrypted with; undefined: it is not. Rejects with what to do where it cannot be opened. */
export async function openLearner(
  settings: Settings,
  dataDir: DataDir,
  predecessor: Predecessor | undefined,
  keys: SealingKeys | undefined,
  log: Log,
): Promise<OpenedLearner> {
  let brain = newBrain(settings, dataDir, keys, log)
  await predecessor?.memory()
  let setAside = predecessor?.inheritance.memoryIsDamaged
    ? resetMemory(dataDir.memory)
    : setAsideIfDamaged(dataDir.memory)
  const start = async (): Promise<Lesson> => {
    const sealed = await sealMemory(dataDir.memory, keys, predecessor === undefined, () =>
      log.info(
        {},
        'the memory is not encrypted with the first key: it is written anew, and connections are taken when it is',
      ),
    )
    if (sealed !== undefined) log.info({ ...sealed }, 'the memory was written anew, encrypted with the first key')
    return brain.start()
  }
  const lesson = await start().catch(async error => {
    if (!isDamage(error.message)) throw error
    await brain.close()
    setAside = resetMemory(dataDir.memory)
    brain = newBrain(settings, dataDir, keys, log)
    return brain.start()
  })
  if (setAside !== undefined)
    log.error({ setAside }, 'the memory is damaged: it was moved aside, not deleted, and a new one is begun')
  return { brain, lesson, setAside }
}

function newBrain(settings: Settings, dataDir: DataDir, keys: SealingKeys | undefined, log: Log): Brain {
  return openBrain({
    memoryDir: dataDir.memory,
    memoryKeys: keys,
    maxBytes: settings.memoryMaxBytes,
    embedder: settings.embedder,
    modelDir: settings.modelDir,
    embedThreads: EMBED_THREADS,
    maxPending: MAX_PENDING,
    gradeShare: settings.gradePercent / 100,
    rules: {
      minConfidence: settings.ghostMinConfidence,
      maxAgeS: settings.ghostMaxAgeS,
      honour: settings.ghostHonour,
    },
    softFailures: settings.softFailures !== 'off',
    anomalies: settings.anomalies ? { watchesQueries: !settings.history } : undefined,
    // Vectors say of texts what they mean, and a search cannot work on what is sealed.
    sharedVectors: keys === undefined ? sharedVectorsAt(settings) : undefined,
    log,
  })
}

/** One index lies on one server: Sentinels and clusters are left out. What is wrong with the URL the door says. */
function sharedVectorsAt({ redisUrl, redisPrefix }: Settings): { url: string; prefix: string } | undefined {
  const place = redisUrl === '' ? undefined : parseRedisUrl(redisUrl)
  if (place === undefined || 'problem' in place || place.kind !== 'single') return undefined
  return { url: redisUrl, prefix: redisPrefix }
}
