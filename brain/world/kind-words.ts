// thread: learner
// What an API may call the things of a route in what it says of them: `films`, `film`, `Film` where `/films/{id}` shows one.
// Messages of one route tell by these words how those of another read. Pure.

/** Words by a name that is the same on all routes. `prefix`: what stands before the number in identifiers, `films:7`. */
export function kindWords(pattern: string, prefix = ''): ReadonlyMap<string, string> {
  const words = new Map<string, string>()
  const add = (name: string, word: string): void => {
    if (word.length < 2) return
    for (const [form, text] of Object.entries({ as: word, one: singular(word) })) {
      words.set(`kind:${name} ${form}`, text)
      words.set(`kind:${name} ${form} named`, text[0]!.toUpperCase() + text.slice(1))
    }
  }
  add('place', placeWord(pattern))
  add('id', /^[a-z_-]*/i.exec(prefix)![0])
  return words
}

/** The last word of the pattern that is no parameter; of a root field its name. */
function placeWord(pattern: string): string {
  const field = pattern.split('/#field.')[1]
  if (field !== undefined) return field
  const constants = pattern.split('/').filter(part => part !== '' && !part.startsWith('{'))
  return (constants.at(-1) ?? '').replace(/\.[a-z]{2,7}$/, '')
}

function singular(word: string): string {
  if (/[^aeiou]ies$/i.test(word)) return `${word.slice(0, -3)}y`
  return /[^su]s$/i.test(word) ? word.slice(0, -1) : word
}
