// thread: main
import { type Endpoint, jsonReply } from './endpoint.js'

export const statusEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/api/status', answer: (_, sources) => jsonReply(sources.status()) },
  { method: 'GET', path: '/api/learning', answer: async (_, sources) => jsonReply(await sources.learning()) },
]
