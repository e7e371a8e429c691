// Preloaded into a proxy (`--import`): a Node without `net._createServerHandle`, which it does not document.
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'

delete (net as unknown as { _createServerHandle?: unknown })._createServerHandle
syncBuiltinESMExports()
