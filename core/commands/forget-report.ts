// thread: main of a process that is no proxy
// What was forgotten, as text. Pure.
import type { ForgetReport, ForgottenIn } from '../contract/forgetting.js'

export function forgetText({ dryRun, stores, instances, complete, notes }: ForgetReport): string {
  const width = Math.max(...stores.map(({ store }) => store.length))
  const lines = stores.map(
    one => `${one.store.padEnd(width)}  ${dryRun ? foundText(one) : erasedText(one)}${asideOf(one)}`,
  )
  const others = instances.map(({ instance, state }) => `instance ${instance}: ${stateTexts[state]}`)
  const problems = stores.filter(({ problem }) => problem !== '').map(({ store, problem }) => `! ${store}: ${problem}`)
  return `${[...lines, ...others, ...problems, verdictOf(dryRun, complete), ...notes].join('\n')}\n`
}

const stateTexts = {
  done: 'has forgotten as well',
  waiting: 'has not said so yet; it does when it is there, ask once more to see',
  failed: 'could not; its log says why',
} as const

function foundText({ found }: ForgottenIn): string {
  return `found ${found}`
}

function erasedText({ found, erased, remaining }: ForgottenIn): string {
  return `found ${found}, erased ${erased}, remaining ${remaining}`
}

function asideOf({ what }: ForgottenIn): string {
  return what === '' ? '' : ` (${what})`
}

function verdictOf(dryRun: boolean, complete: boolean): string {
  if (dryRun) return complete ? 'nothing was changed' : 'nothing was changed; not every store was searched'
  return complete ? 'nothing remains' : 'NOT ALL OF IT IS GONE: see above, and ask once more'
}
