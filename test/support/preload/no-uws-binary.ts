// Preloaded into a proxy (`--import`): the system's loader takes no uWebSockets.js binary, as where its libc is too old.

type LoadBinary = (module: object, file: string, ...rest: unknown[]) => void
const system = process as unknown as { dlopen: LoadBinary }
const load = system.dlopen

system.dlopen = (module, file, ...rest) => {
  if (/uws[^/\\]*\.node$/.test(file)) throw new Error(`/lib/libc.so.6: version 'GLIBC_9.99' not found (by ${file})`)
  load.call(process, module, file, ...rest)
}
