// thread: history
// What a PostgreSQL says, as a sentence with its remedy. Pure.
import { StoreError } from './engine.js'
import { SCHEMA } from './postgres-schema.js'

interface Remedy {
  readonly sentence: string
  readonly remedy: string
}

/** Host and port as they stand in logs: never the password. */
export function hostOf(url: string): string {
  const { hostname, port } = new URL(url)
  return `${hostname === '' ? 'localhost' : hostname}:${port === '' ? 5432 : port}`
}

/** By SQLSTATE (PostgreSQL, Appendix A) or the code of the system. */
export function storeErrorOf(error: Error, host: string): StoreError {
  const { code = '' } = error as { code?: string }
  const said = error.message.split('\n')[0]!
  const known = remedyOf(code, said, host)
  return new StoreError(
    `${known?.sentence ?? `PostgreSQL at ${host} cannot be used`}: ${said}`,
    known?.remedy ?? 'see the log of the server',
  )
}

function remedyOf(code: string, said: string, host: string): Remedy | undefined {
  if (
    ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'ECONNRESET'].includes(code)
  )
    return {
      sentence: `PostgreSQL at ${host} cannot be reached`,
      remedy: 'start it, or correct host and port in CHAOS_POSTGRES_URL',
    }
  if (code.startsWith('28'))
    return {
      sentence: `PostgreSQL at ${host} does not let this user in`,
      remedy: 'correct user and password in CHAOS_POSTGRES_URL, or allow the user in pg_hba.conf',
    }
  if (code === '3D000')
    return {
      sentence: `the database named in CHAOS_POSTGRES_URL is not there`,
      remedy: 'make it with CREATE DATABASE, or name another one',
    }
  if (code === '42501')
    return {
      sentence: 'the user in CHAOS_POSTGRES_URL may not make or use the tables of the history',
      remedy: `let an administrator run: CREATE SCHEMA ${SCHEMA} AUTHORIZATION <that user>`,
    }
  if (code === '25006')
    return {
      sentence: `PostgreSQL at ${host} is read-only`,
      remedy: 'name the primary in CHAOS_POSTGRES_URL, not a replica',
    }
  if (code.startsWith('53'))
    return {
      sentence: `PostgreSQL at ${host} has no room`,
      remedy: 'free disk space, memory or connections on the server',
    }
  if (code.startsWith('57P') || /terminated|timeout|does not answer|ended/i.test(said))
    return {
      sentence: `PostgreSQL at ${host} does not answer`,
      remedy: 'see whether the server runs; the proxy tries again by itself',
    }
  return undefined
}

/** The rows themselves are refused: they would be again. */
export function refusesRows(error: unknown): boolean {
  const { code = '' } = error as { code?: string }
  return code.startsWith('22') || code.startsWith('23')
}
