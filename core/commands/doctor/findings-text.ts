// thread: main of a process that is no proxy
// What the doctor found, for people. Pure.
import type { Paint } from '../paint.js'
import type { Finding } from './finding.js'

export function findingLine({ name, state, says, remedy }: Finding, paint: Paint): string {
  const mark = { ok: paint.good('ok     '), warning: paint.warn('warning'), wrong: paint.bad('wrong  ') }[state]
  const line = `${mark}  ${paint.bold(name.padEnd(14))}  ${says}\n`
  return remedy === '' ? line : `${line}${' '.repeat(25)}→ ${remedy}\n`
}

export function summaryOf(findings: readonly Finding[], paint: Paint): string {
  const count = (state: Finding['state']): number => findings.filter(finding => finding.state === state).length
  const [warnings, wrongs] = [count('warning'), count('wrong')]
  if (wrongs > 0)
    return `\n${paint.bad(`${wrongs} of ${findings.length} ${wrongs === 1 ? 'is' : 'are'} wrong`)}${warnings > 0 ? `, and there ${warnings === 1 ? 'is 1 warning' : `are ${warnings} warnings`}` : ''}\n`
  if (warnings > 0)
    return `\n${paint.warn(`the proxy can serve; ${warnings === 1 ? 'there is 1 warning' : `there are ${warnings} warnings`}`)}\n`
  return `\n${paint.good('all is as it should be')}\n`
}
