// thread: learner
// SQL's LIKE, without regard to case: `%` and `*` stand for any text, `_` for any one character. Without a wildcard the
// pattern is looked for anywhere. No regular expression: `%a%a%a%a` would have one try every way to divide the text.

const isAny = (c: string | undefined): boolean => c === '%' || c === '*'

export function matchesWildcards(text: string, pattern: string): boolean {
  const within = text.toLowerCase()
  const wanted = pattern.toLowerCase()
  if (!/[%_*]/.test(wanted)) return within.includes(wanted)
  let at = 0
  let next = 0
  /** Behind the last `%`, and where in the text what follows it was tried. */
  let afterAny = -1
  let triedAt = 0
  while (at < within.length) {
    if (next < wanted.length && !isAny(wanted[next]) && (wanted[next] === '_' || wanted[next] === within[at])) {
      at += 1
      next += 1
    } else if (isAny(wanted[next])) {
      next += 1
      afterAny = next
      triedAt = at
    } else if (afterAny >= 0) {
      triedAt += 1
      at = triedAt
      next = afterAny
    } else return false
  }
  while (isAny(wanted[next])) next += 1
  return next === wanted.length
}
