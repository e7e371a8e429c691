// The model of an API with its route table, fed and asked as the learner does it.

import { ApiModel } from '../../brain/api-model.js'
import { GradeBudget } from '../../brain/grade/budget.js'
import { jsonOf } from '../../brain/learn/readable-body.js'
import { RouteTable } from '../../brain/learn/route-table.js'
import { shapeOf } from '../../brain/learn/shape.js'
import { namesItself } from '../../brain/world/named.js'
import type { Place } from '../../brain/world/world.js'
import { questionOf, routeMethod, routePath } from '../../core/contract/question.js'

export interface Told {
  readonly method?: string
  readonly path: string
  readonly query?: string
  readonly scope?: string
  readonly type?: string
  readonly status?: number
  /** Fields of the answer, beside its type. */
  readonly headers?: readonly string[]
  /** Of the question. */
  readonly asked?: string
  /** Of the answer: text, octets, or a value. */
  readonly body: unknown
}

export type Answer =
  | { readonly status: number; readonly body: string; readonly headers: readonly string[]; readonly because: string }
  | { readonly refused: string }

export class LearningModel {
  readonly model: ApiModel
  readonly routes = new RouteTable()
  #at = 1_000_000

  constructor(budget = new GradeBudget(1, () => performance.now())) {
    this.model = new ApiModel(budget)
  }

  learn({ method = 'GET', path, query = '', scope = '', status = 200, asked, body, ...told }: Told) {
    const { type = 'application/json', headers: more = [] } = told
    this.#at += 1000
    const plain = body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(textOf(body))
    const headers = ['content-type', type, ...more]
    const json = jsonOf(plain, headers)
    const question = this.#question(method, path, query, asked)
    if (question.kind === 'write') throw new Error(`${method} ${path} writes`)
    const own = routePath(question, path)
    if (status < 400) {
      const isNamed = json !== undefined && question.kind === 'plain' && namesItself(path, json)
      const shape = shapeOf(json, type)
      for (const { from, to } of this.routes.observe(routeMethod(question, method), own, shape, this.#at, isNamed)
        .moved) {
        const route = this.routes.route(to)
        if (route !== undefined)
          this.model.move(
            from,
            { routeId: to, pattern: route.pattern, params: [] },
            of => this.routes.match('GET', of)?.params,
          )
      }
    }
    const answered = { method, path, query, scope, status, headers, redactions: 0, completedAt: this.#at }
    this.model.learn(answered, question, this.place(routeMethod(question, method), own), json, 0)
  }

  ask({ method = 'GET', path, query = '', scope = '', asked }: Omit<Told, 'body'>): Answer {
    const question = this.#question(method, path, query, asked)
    const place = this.place(routeMethod(question, method), routePath(question, path))
    const reply = this.model.compose({ path, query, scope }, question, place)
    return reply.kind === 'answer'
      ? {
          status: reply.status,
          body: Buffer.from(reply.body).toString(),
          headers: reply.headers,
          because: reply.because,
        }
      : { refused: reply.because }
  }

  #question(method: string, path: string, query: string, asked: string | undefined) {
    const contentType = asked === undefined ? undefined : 'application/json'
    return questionOf({ method, path, query, contentType, body: Buffer.from(asked ?? '') })
  }

  place(method: string, path: string): Place | undefined {
    const found = this.routes.match(method, path)
    return found === undefined
      ? undefined
      : { routeId: found.route.id, pattern: found.route.pattern, params: found.params }
  }
}

const textOf = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body))
