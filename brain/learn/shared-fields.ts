// thread: learner

/** The fields that all answers have with the same value; flat lists, as in Exchange.headers. */
export function sharedFields(answers: readonly (readonly string[])[]): string[] {
  const newest = answers.at(-1) ?? []
  const common: string[] = []
  for (let i = 0; i < newest.length; i += 2) {
    const name = newest[i]!
    const value = newest[i + 1]!
    if (answers.every(headers => hasField(headers, name, value))) common.push(name, value)
  }
  return common
}

function hasField(headers: readonly string[], name: string, value: string): boolean {
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === name && headers[i + 1] === value) return true
  return false
}
