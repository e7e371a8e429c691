// DuckDB is an optional package.
import { openDuckDb } from '../../core/history/duckdb.js'

/** False, or why what needs it is skipped: the package is not there. All else that is wrong fails. */
export const noDuckDb: string | false = await openDuckDb(':memory:').then(
  async engine => {
    await engine.close()
    return false as const
  },
  (error: Error) => {
    if (!error.message.startsWith('DuckDB cannot be loaded')) throw error
    return error.message
  },
)
