// thread: learner
// The texts within what is written down between runs: JSON, JSON in JSON, and what v8 has serialised. Pure.
import { deserialize } from 'node:v8'

const MAX_DEPTH = 64

/** Every text and number in it, names of members among them. `json`: a state of the memory, or any text. */
export function* textsIn(json: string): Generator<string> {
  yield* within(json, 0)
}

function* within(value: unknown, depth: number): Generator<string> {
  if (depth > MAX_DEPTH) return
  switch (typeof value) {
    case 'string': {
      const inner = innerOf(value)
      if (inner === undefined) yield value
      else yield* within(inner, depth + 1)
      return
    }
    case 'number':
    case 'bigint':
      yield String(value)
      return
    case 'object':
      yield* ofObject(value, depth + 1)
  }
}

function* ofObject(value: object | null, depth: number): Generator<string> {
  if (value === null) return
  if (value instanceof Map)
    for (const [name, one] of value) {
      yield* within(name, depth)
      yield* within(one, depth)
    }
  else if (value instanceof Set || Array.isArray(value)) for (const one of value) yield* within(one, depth)
  else if (ArrayBuffer.isView(value)) yield Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString()
  else
    for (const [name, one] of Object.entries(value)) {
      yield name
      yield* within(one, depth)
    }
}

/** What it is the text of; undefined: of nothing but itself. */
function innerOf(text: string): unknown {
  const [first] = text
  if (first === '{' || first === '[' || first === '"') {
    try {
      return JSON.parse(text)
    } catch {
      return undefined
    }
  }
  // As world-memory.ts writes: a number of the form, and base64.
  const [, serialised] = /^\d+:([A-Za-z0-9+/]{4,}={0,2})$/.exec(text) ?? []
  if (serialised === undefined) return undefined
  try {
    return deserialize(Buffer.from(serialised, 'base64'))
  } catch {
    return undefined
  }
}
