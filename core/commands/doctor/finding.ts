// thread: main of a process that is no proxy

export const findingStates = ['ok', 'warning', 'wrong'] as const

/** What the doctor found out about one thing. */
export interface Finding {
  readonly name: string
  /** `warning`: the proxy serves, and something that was asked for will not work. `wrong`: it will not start or not serve. */
  readonly state: (typeof findingStates)[number]
  readonly says: string
  /** What to do; '' where nothing has to be done. */
  readonly remedy: string
}

export const ok = (name: string, says: string): Finding => ({ name, state: 'ok', says, remedy: '' })
export const warning = (name: string, says: string, remedy: string): Finding => ({
  ...{ name, says, remedy },
  state: 'warning',
})
export const wrong = (name: string, says: string, remedy: string): Finding => ({
  ...{ name, says, remedy },
  state: 'wrong',
})
