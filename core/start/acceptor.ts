// thread: main
// Which front takes connections: the one that is wished, where it loads, or else the strict one.
import type { Settings } from '../contract/settings.js'
import type { Acceptor } from '../front/acceptor.js'
import type { Certificate } from '../front/downstream.js'
import { openStrictAcceptor } from '../front/strict/strict-acceptor.js'
import { openUwsAcceptor } from '../front/uws-acceptor.js'
import { loadUws } from '../front/uws-loader.js'
import type { Predecessor } from '../handover/predecessor.js'
import type { Log } from '../log/log.js'

export interface OpenedAcceptor {
  readonly acceptor: Acceptor
  /** As the log and the admin port name it. */
  readonly front: 'uws' | 'strict'
  readonly useUws: boolean
  /** Descriptor of the socket that all edges of the strict front accept from; undefined: there is none. */
  readonly sharedFd: number | undefined
  /** More than one may take connections at the same port: edges of this process, and another process. */
  readonly isShareable: boolean
}

/** It does not listen yet. */
export async function openAcceptor(
  settings: Settings,
  certificate: Certificate | undefined,
  log: Log,
  predecessor: Predecessor | undefined,
): Promise<OpenedAcceptor> {
  if (settings.front === 'uws') {
    const loaded = await loadUws(settings.maxHeaderBytes)
    if (loaded.ok)
      return {
        acceptor: openUwsAcceptor(loaded.uws, certificate, predecessor !== undefined),
        front: 'uws',
        useUws: true,
        sharedFd: undefined,
        isShareable: true,
      }
    log.warn(
      { because: loaded.because },
      'no uWebSockets.js binary loads on this system: the strict front takes over; see the README for the systems that have one',
    )
  }
  const acceptor = await openStrictAcceptor(settings.host, settings.port, predecessor?.inheritance.listenFd)
  const { sharedFd } = acceptor
  if (sharedFd === undefined)
    log.warn({}, 'this system cannot share a listening socket between threads: the strict front runs one edge')
  return { acceptor, front: 'strict', useUws: false, sharedFd, isShareable: sharedFd !== undefined }
}
