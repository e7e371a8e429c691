// Chaos-Proxy as users run it, one contender a front, and once without capture: what learning costs.
import { type ProxyProcess, startProxy } from '../../processes.js'
import type { Contender, GhostContender, Stand } from '../contender.js'

export const chaosUws = chaos('chaos-uws', 'uws', 'on')
export const chaosStrict = chaos('chaos-strict', 'strict', 'on')
export const chaosUwsNoCapture = chaos('chaos-uws-no-capture', 'uws', 'off')

export const ghostsUws = ghosts('chaos-uws', 'uws')
export const ghostsStrict = ghosts('chaos-strict', 'strict')

type Front = 'uws' | 'strict'

function chaos(name: string, front: Front, capture: 'on' | 'off'): Contender {
  return {
    name,
    runs: `2 edges, CHAOS_FRONT=${front}, ${capture === 'on' ? 'capture and learning on' : 'CHAOS_CAPTURE=off'}`,
    start: stand => start(stand, { CHAOS_FRONT: front, CHAOS_CAPTURE: capture }),
  }
}

function ghosts(name: string, front: Front): GhostContender {
  return {
    name,
    runs: `2 edges, CHAOS_FRONT=${front}, exact ghosts`,
    start: originPort => start({ originPort }, { CHAOS_FRONT: front }),
  }
}

function start({ originPort, certificate }: Stand, settings: Readonly<Record<string, string>>): Promise<ProxyProcess> {
  const tls: Record<string, string> =
    certificate === undefined ? {} : { CHAOS_TLS_CERT: certificate.certFile, CHAOS_TLS_KEY: certificate.keyFile }
  return startProxy(`http://127.0.0.1:${originPort}`, { CHAOS_WORKERS: '2', ...settings, ...tls })
}
