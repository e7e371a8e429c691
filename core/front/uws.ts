// thread: edge
// The default front: uWebSockets.js. Main accepts (uws-acceptor.ts) and hands sockets to the app of each edge.
import { isFieldValue, isToken } from '../http1/fields.js'
import { NO_TARGET, queryMark } from '../http1/request-target.js'
import type { ClientRoom } from './client-room.js'
import type {
  Certificate,
  Downstream,
  DownstreamEvents,
  DownstreamHandler,
  DownstreamRequest,
  EdgeFront,
} from './downstream.js'
import { RecentSections } from './recent-sections.js'
import { openUwsAnchor, type UwsAnchor } from './uws-anchor.js'
import { addressOf, UwsConnections } from './uws-connections.js'
import { UwsDownstream } from './uws-downstream.js'
import { type HttpRequest, type HttpResponse, openPlainOrTls, type TemplatedApp, type UwsModule } from './uws-loader.js'
import { uwsWebSockets } from './uws-websocket.js'
import type { WebSocketHandler } from './websocket-upgrade.js'

export interface UwsOptions {
  readonly room: ClientRoom
  /** Undefined: plain HTTP. */
  readonly certificate: Certificate | undefined
  readonly handler: DownstreamHandler
  readonly upgrade: WebSocketHandler
}

export async function openUwsEdge(uws: UwsModule, options: UwsOptions): Promise<EdgeFront> {
  const { room, certificate, handler, upgrade } = options
  const anchor = await openUwsAnchor(uws)
  const connections = new UwsConnections(room, () =>
    handler.refuse('CHAOS_ERR_CLIENTS_FULL', `there are ${room.max} connections`),
  )
  const apps = [openApp(uws, handler, upgrade, anchor, connections, certificate)]
  return {
    descriptor: descriptorOf(apps[0]!),
    stopAccepting: () => {},
    get connections() {
      return connections.open
    },
    // The binary reads a certificate when an app is made; connections of the old app live on.
    renewCertificate: renewed => {
      const app = openApp(uws, handler, upgrade, anchor, connections, renewed)
      apps.push(app)
      return descriptorOf(app)
    },
    close: () => {
      for (const app of apps) app.close()
      anchor.close()
    },
  }
}

function descriptorOf(app: TemplatedApp): unknown {
  return (app as unknown as { getDescriptor(): unknown }).getDescriptor()
}

function openApp(
  uws: UwsModule,
  handler: DownstreamHandler,
  upgrade: WebSocketHandler,
  anchor: UwsAnchor,
  connections: UwsConnections,
  certificate: Certificate | undefined,
): TemplatedApp {
  const app = openPlainOrTls(uws, certificate)
  const secure = certificate !== undefined
  connections.watch(app, secure)
  const recent = new RecentSections()
  /** Undefined: what came is no request, and has been answered. */
  const admit = (res: HttpResponse, req: HttpRequest): Downstream | undefined => {
    const remoteAddress = connections.soleAddress ?? addressOf(res)
    const downstream = new UwsDownstream(res, req, secure, remoteAddress, recent)
    const { request, isKnown } = downstream
    const wrong = wrongIn(request) ?? (isKnown ? undefined : wrongField(request.headers))
    if (wrong === undefined) {
      if (!isKnown) recent.keep(request.section, remoteAddress)
      return downstream
    }
    const { status, reason, headers, body } = handler.refuse('CHAOS_ERR_REQUEST_MALFORMED', wrong)
    downstream.listen(deaf, 0)
    downstream.respond(status, reason, headers, body, body.length, true)
    return undefined
  }
  app.ws(
    '/*',
    uwsWebSockets(uws, anchor, admit, handler, upgrade, () => connections.webSocketEnded()),
  )
  app.any('/*', (res, req) => {
    const downstream = admit(res, req)
    if (downstream !== undefined) handler.onRequest(downstream)
  })
  return app
}

/** For a request that only gets its refusal: the binary wants to tell somebody that the client has gone. */
const deaf: DownstreamEvents = { onBody: () => {}, onAbort: () => {}, onDrain: () => {} }

/** What the binary lets pass and must not: for it nearly any octets are a target or a value. */
function wrongIn({ method, target }: DownstreamRequest): string | undefined {
  if (!isToken(method)) return 'the method is not a token'
  if (!target.startsWith('/') || queryMark(target) === NO_TARGET)
    return 'the request target holds an octet that does not belong there'
  return undefined
}

function wrongField(headers: readonly string[]): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    if (!isToken(headers[i]!)) return 'the name of a field is not a token'
    // RFC 9110 §5.5: another parser would end the field there.
    if (!isFieldValue(headers[i + 1]!)) return 'a field holds a control character'
  }
  return undefined
}
