// Preloaded into a proxy (`--import`): a Node that hands out no internals, as with its permission model on.
import { writeSync } from 'node:fs'

const internals = process as unknown as { binding: (name: string) => unknown }
const { binding } = internals

internals.binding = name => {
  if (name !== 'stream_wrap') return binding.call(process, name)
  writeSync(2, 'asked for stream_wrap in vain\n')
  throw new Error('access to process.binding is refused')
}
