// thread: main of a process that is no proxy
// Colours of a terminal. Where there is none, or NO_COLOR is set (no-color.org), text stays as it is. Pure.

export interface Paint {
  readonly good: (text: string) => string
  readonly warn: (text: string) => string
  readonly bad: (text: string) => string
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
}

export function paintFor(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): Paint {
  const isPlain = !isTerminal || (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb'
  // ECMA-48 §8.3.117.
  const by = (on: number, off: number) => (text: string) => (isPlain ? text : `\u001b[${on}m${text}\u001b[${off}m`)
  return { good: by(32, 39), warn: by(33, 39), bad: by(31, 39), bold: by(1, 22), dim: by(2, 22) }
}
