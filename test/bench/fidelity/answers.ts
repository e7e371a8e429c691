// Answers as the runner keeps them, made up.
import type { Answer, ScoreRow } from '../../../bench/fidelity/answers.js'

export interface Made extends Partial<ScoreRow> {
  readonly class: string
  readonly kind?: string
  readonly path?: string
  readonly tier?: string
  readonly confidence?: number
  readonly refused?: string
  readonly truth?: unknown
  readonly said?: unknown
  readonly truthStatus?: number
  readonly status?: number
}

/** An answer of a ghost where `f1` is given, else a refusal; a write has no F1 and is refused unless it is `silent`. */
export function made(of: Made): Answer {
  const { class: name, kind, path = '/a', tier = 'exact', confidence, refused, truth, said, ...scores } = of
  const { truthStatus = 200, status, ...row } = scores
  const avail = row.avail ?? ((row.f1 ?? 0) > 0 || row.wrong === 1 || row.silent === 1)
  return {
    req: { id: `${name}-1`, class: name, m: 'GET', p: path, ...(kind !== undefined && { kind }) },
    g: status ?? (avail ? 200 : 503),
    gh: {
      'x-ghost': avail ? tier : 'none',
      ...(confidence !== undefined && { 'x-ghost-confidence': confidence.toFixed(2) }),
      ...(refused !== undefined && { 'x-ghost-refused': refused }),
    },
    gb: said === undefined ? {} : { j: said },
    t: truthStatus,
    tb: truth === undefined ? {} : { j: truth },
    row: {
      avail,
      marked: true,
      ceil: 1,
      leak: 0,
      ...(name === 'unsafe' ? { silent: 0 } : { f1: 0, wrong: 0, wbc: 0, status_ok: avail }),
      ...row,
    },
  }
}

export function many(count: number, of: Made): Answer[] {
  return Array.from({ length: count }, () => made(of))
}
