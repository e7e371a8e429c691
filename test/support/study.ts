// A model of an API that learns from a small one as the learner does, and is then asked what it never was.
import { GradeBudget } from '../../brain/grade/budget.js'
import type { Place, Question, WorldAnswer } from '../../brain/world/world.js'
import { type JsonNode, parseJson, printJson } from '../../core/contract/json.js'
import type { Question as Kind } from '../../core/contract/question.js'
import { LearningModel } from './learning-model.js'
import { seededRandom } from './random.js'
import type { Asked, SmallApi, Told } from './small-api.js'

export const plain: Kind = { kind: 'plain' }

/** Learns, and answers from what it learned. */
export class Student {
  readonly #learning = new LearningModel(new GradeBudget(0, () => 0))
  readonly model = this.#learning.model

  learn({ path, query, credential }: Asked, { status, headers, body }: Told): void {
    this.#learning.learn({ path, query, scope: credential, status, headers: Object.entries(headers).flat(), body })
  }

  /** Undefined: it refuses. */
  answer({ path, query, credential }: Asked): WorldAnswer | undefined {
    const question: Question = { path, query, scope: credential, asked: undefined, place: this.place(path) }
    const answer = this.model.world.answer(question)
    return 'status' in answer ? answer : undefined
  }

  place(path: string): Place | undefined {
    return this.#learning.place('GET', path)
  }
}

export function nodeOf(value: unknown): JsonNode {
  return parseJson(JSON.stringify(value))!
}

export interface Exam {
  /** Questions never asked before. */
  readonly asked: number
  /** Answered as whole, and of those wrong. */
  readonly whole: number
  readonly wrong: readonly string[]
}

/** Learns from `lessons` random questions, then is held against the truth with `questions` others. */
export function examine(
  api: SmallApi,
  seed: number,
  lessons: number,
  questions: number,
  student = new Student(),
): Exam {
  const random = seededRandom(seed)
  const seen = new Set<string>()
  for (let i = 0; i < lessons; i++) {
    const asked = api.ask(random)
    seen.add(`${asked.path}?${asked.query}`)
    student.learn(asked, api.answer(asked))
  }
  let asked = 0
  let whole = 0
  const wrong: string[] = []
  for (let i = 0; asked < questions && i < questions * 20; i++) {
    const fresh = api.ask(random)
    if (seen.has(`${fresh.path}?${fresh.query}`)) continue
    asked += 1
    const answer = student.answer(fresh)
    if (answer === undefined || !answer.kind.endsWith(' whole')) continue
    whole += 1
    const problem = difference(answer, api.answer(fresh))
    if (problem !== undefined) wrong.push(`${fresh.path}?${fresh.query} [${answer.kind}; ${answer.because}] ${problem}`)
  }
  return { asked, whole, wrong }
}

/** What is not as the API says it; undefined: nothing. */
export function difference(answer: WorldAnswer, truth: Told): string | undefined {
  if (answer.status !== truth.status) return `status ${answer.status}, not ${truth.status}`
  const given = canonical(JSON.parse(printJson(answer.body)))
  const wanted = canonical(truth.body)
  if (given !== wanted) return `body\n    given ${given.slice(0, 600)}\n    truth ${wanted.slice(0, 600)}`
  const fields: Record<string, string> = {}
  for (let i = 0; i < answer.headers.length; i += 2) fields[answer.headers[i]!] = answer.headers[i + 1]!
  for (const name of new Set([...Object.keys(fields), ...Object.keys(truth.headers)]))
    if (fields[name] !== truth.headers[name])
      return `header ${name}\n    given ${fields[name]}\n    truth ${truth.headers[name]}`
  return undefined
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
