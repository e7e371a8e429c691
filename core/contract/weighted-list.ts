// thread: any

/** What stands between two commas of Accept, Accept-Language or Accept-Encoding, in lower case, without blanks. */
export interface WeightedElement {
  readonly name: string
  /** But its weight, where that can be read. */
  readonly parameters: readonly string[]
  /** 1 where none is said, NaN where it cannot be read. */
  readonly q: number
}

const readable = /^q=[0-9.]+$/

/** RFC 9110 §12.4.2, §12.5: elements in their order. */
export function weightedList(value: string): WeightedElement[] {
  const elements: WeightedElement[] = []
  for (const element of value.toLowerCase().split(',')) {
    const [name, ...parameters] = element.split(';').map(part => part.replace(/\s+/g, ''))
    if (name === undefined || name === '') continue
    const weight = parameters.findLast(parameter => parameter.startsWith('q='))
    const isReadable = weight === undefined || readable.test(weight)
    elements.push({
      name,
      parameters: parameters.filter(parameter => parameter !== '' && !(isReadable && parameter.startsWith('q='))),
      q: weight === undefined ? 1 : isReadable ? Number(weight.slice('q='.length)) : Number.NaN,
    })
  }
  return elements
}
