// thread: main of a process that is no proxy

/** A number of an option, a `%` behind it or not; undefined: it is none, or not from `least` to `most`. */
export function numberIn(text: string, least: number, most: number): number | undefined {
  const number = Number(text.replace(/%$/, ''))
  return text.trim() !== '' && number >= least && number <= most ? number : undefined
}
