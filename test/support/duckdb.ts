// DuckDB is an optional package.
import { openDuckDb } from '../../core/history/duckdb.js'

/** False, or why what needs it is skipped. */
export const noDuckDb: string | false = await openDuckDb(':memory:').then(
  async engine => {
    await engine.close()
    return false as const
  },
  (error: Error) => error.message,
)
