// thread: main
import { type Mode, modes } from '../contract/ghost.js'
import { badField, type Endpoint, jsonReply } from './endpoint.js'
import { isObject, unknownName } from './json-object.js'

/** When ghosts answer, until the process ends: the setting is not written down. */
export const modeEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/api/mode', answer: (_, sources) => jsonReply({ mode: sources.mode() }) },
  {
    method: 'PUT',
    path: '/api/mode',
    answer: ({ body }, sources) => {
      if (!isObject(body)) return badField('body', 'must be an object such as {"mode": "auto"}')
      const unknown = unknownName(body, ['mode'])
      if (unknown !== undefined) return badField(unknown, 'is not known here; the body is {"mode": "auto"}')
      if (!modes.includes(body.mode as Mode)) return badField('mode', `must be one of ${modes.join(', ')}`)
      sources.setMode(body.mode as Mode)
      return jsonReply({ mode: sources.mode() })
    },
  },
]
