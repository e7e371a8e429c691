// Preloaded into a proxy: a process that is to take over from another takes as long to read the memory as there is the file
// READING_FILE, which it makes when it begins.
import { existsSync, writeFileSync } from 'node:fs'

const file = process.env.READING_FILE
const { send } = process
if (process.env.CHAOSPROXY_INHERITANCE !== undefined && file !== undefined && send !== undefined)
  process.send = ((message: { kind?: string }, ...rest: unknown[]): boolean => {
    if (message.kind !== 'opened') return Reflect.apply(send, process, [message, ...rest])
    writeFileSync(file, '')
    const timer = setInterval(() => {
      if (existsSync(file)) return
      clearInterval(timer)
      Reflect.apply(send, process, [message, ...rest])
    }, 10)
    return true
  }) as typeof send
