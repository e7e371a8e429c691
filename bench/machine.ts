// What a run was measured on: numbers without it say nothing.
import { cpus } from 'node:os'
import { isInstalled } from './load.js'

export interface Machine {
  readonly lines: readonly string[]
  readonly installed: ReadonlySet<string>
}

/** `programs`: each with the option that makes it say its version; `sharing`: who else runs there, and what that means. */
export async function machineOf(
  programs: readonly (readonly [program: string, versionOption: string])[],
  sharing = 'origin, proxy and load share the machine; ratios are of one round each, medians of the rounds',
): Promise<Machine> {
  const versions = [`node ${process.version}`]
  const installed = new Set<string>()
  for (const [program, option] of programs) {
    const version = await isInstalled(program, option)
    versions.push(version === undefined ? `no ${program}` : named(program, version))
    if (version !== undefined) installed.add(program)
  }
  const processors = cpus()
  return {
    lines: [
      `machine: ${processors[0]?.model.trim() ?? 'unknown cpu'}, ${processors.length} cores, ${process.platform} ${process.arch}`,
      `versions: ${versions.join('; ')}`,
      `${new Date().toISOString()}: ${sharing}`,
    ],
    installed,
  }
}

/** Some say the bare number. */
function named(program: string, version: string): string {
  return /^[\d.]+$/.test(version) ? `${program} ${version}` : version
}
