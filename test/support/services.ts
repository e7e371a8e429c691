// Real servers for tests: each test file has its own, on its own port, gone when the test is.
import { services } from '../../scripts/services/known.js'
import type { RunningService, ServiceName, StartOptions } from '../../scripts/services/service.js'

/** For `{ skip: cannotRun('redis') }`: false, or the reason that stands in the report. */
export function cannotRun(name: ServiceName): string | false {
  const missing = services[name].missing()
  return missing === '' ? false : missing
}

/** Ends with the test. One that is installed and does not start is a failure, not a skip. */
export async function startService(
  t: { teardown(fn: () => unknown): void },
  name: ServiceName,
  options: StartOptions = {},
): Promise<RunningService> {
  const service = await services[name].start(options)
  t.teardown(() => service.stop())
  return service
}
