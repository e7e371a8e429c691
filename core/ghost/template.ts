// thread: any
// Tier `template`: what all answers of a route have in common, with the parts of this request put into its slots.
import { randomBytes } from 'node:crypto'
import type { GhostAnswer } from '../contract/ghost.js'
import { priorGrade } from '../contract/lesson.js'
import { STANDS_AT } from '../contract/volatile.js'
import { fillTemplate } from './fill-template.js'
import { refuseForm } from './policy.js'
import { regenerate } from './regenerate.js'
import type { GhostTier, TierOutcome } from './tier.js'

export const templateTier: GhostTier = {
  tier: 'template',
  answer(ask, { memory }, rules): TierOutcome {
    // What is asked in a body this tier cannot read.
    if (ask.route === undefined || ask.question.kind !== 'plain') return { refused: 'not-learned' }
    // A template is learned from answers that anybody may see, see brain/learner.worker.ts.
    const template = ask.route.templateVersion === 0 ? undefined : memory.template(ask.route.id)
    if (template === undefined) return { refused: 'no-template' }
    const because = refuseForm(template.headers, ask)
    if (because !== undefined) return { refused: 'no-template', because }
    const filled = fillTemplate(template, { params: ask.params, query: ask.query ?? '' })
    if (filled === undefined) return { refused: 'no-template' }
    const said = regenerate({ headers: template.headers, body: filled.body }, template.volatile, {
      now: ask.now,
      seenAt: STANDS_AT,
      random: randomBytes,
    })
    const grade = ask.route.grades.template ?? priorGrade('template')
    const answer: GhostAnswer = {
      tier: 'template',
      status: template.status,
      headers: said.headers,
      body: said.body,
      confidence: grade.confidence,
      lowerBound: grade.lowerBound,
      capturedAt: template.capturedAt,
      redactions: 0,
    }
    if (rules.maxAgeS > 0 && ask.now - template.capturedAt > rules.maxAgeS * 1000) return { refused: 'too-old', answer }
    if (grade.lowerBound < rules.minConfidence) return { refused: 'low-confidence', answer }
    return { answer }
  },
}
