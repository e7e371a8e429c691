// thread: any
// A header section as it was read, and the same as lines.

/**
 * The fields of a message. Who sends the same section again and again on one connection (most clients and load balancers
 * do) gets the same object each time, so that what was worked out of it is worked out once: `notes` belong to whoever
 * handles the message, and follow from the fields and the connection alone.
 */
export class HeaderSection<Notes = unknown> {
  /** Flat: name in lower case, value as latin1, name, value, … */
  readonly fields: readonly string[]
  notes: Notes | undefined

  constructor(fields: readonly string[]) {
    this.fields = fields
  }
}

/** Fields on their way out: as a list, and as the text that the list makes on the wire. */
export class FieldLines {
  /** Flat: name, value, name, value, … */
  readonly list: readonly string[]
  #text: string | undefined

  constructor(list: readonly string[]) {
    this.list = list
  }

  /** `name: value` CR LF for each, latin1. */
  get text(): string {
    if (this.#text === undefined) {
      let text = ''
      for (let i = 0; i < this.list.length; i += 2) text += `${this.list[i]}: ${this.list[i + 1]}\r\n`
      this.#text = text
    }
    return this.#text
  }
}
