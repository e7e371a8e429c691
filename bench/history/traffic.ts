// Made-up traffic for the history: some routes often and most of them seldom, a few errors and ghosts.
import {
  answerers,
  FACT_BYTES,
  FACT_CELLS,
  type FactBatch,
  factCell,
  factFaults,
  factMethods,
  packOutcome,
} from '../../core/contract/facts.js'

export const ROUTES = 50
const TARGETS = 200
const LATENCY_MS = 12
const CLIENTS = 300

/** Its place among the credentials; one in a million exchanges has it. */
export const RARE_SCOPE = 3

export const scopeName = (place: number): string => `scope-${place}-of-the-bench`

export const routeName = (place: number): string => `GET /things/${place}/{id}`

/** `rows` exchanges from `from` to `to` (epoch ms), always the same ones. */
export function trafficBatch(batch: number, rows: number, from: number, to: number): FactBatch {
  const cells = new ArrayBuffer(rows * FACT_BYTES)
  const whole = new Uint32Array(cells)
  const real = new Float32Array(cells)
  for (let row = 0; row < rows; row++) {
    const cell = row * FACT_CELLS
    const seq = batch * rows + row
    const chance = (Math.imul(seq + 1, 2_654_435_761) >>> 0) / 2 ** 32
    const ghost = seq % 50 === 0
    const status = seq % 200 === 7 ? 500 : seq % 40 === 3 ? 404 : 200
    whole[cell + factCell.at] = Math.floor((row / rows) * (to - from))
    whole[cell + factCell.seq] = seq
    const by = answerers.indexOf(ghost ? 'template' : 'upstream')
    const method = factMethods.indexOf(seq % 1000 === 0 ? 'DELETE' : 'GET')
    whole[cell + factCell.outcome] = packOutcome(status, by, method, 0)
    // As with real ones, half of all goes to a handful.
    whole[cell + factCell.route] = Math.floor(chance ** 3 * ROUTES)
    whole[cell + factCell.target] = 1 + (seq % TARGETS)
    whole[cell + factCell.scope] = seq % 1_000_000 === 77 ? RARE_SCOPE : seq % 3
    whole[cell + factCell.bytesOut] = 200 + (seq % 4000)
    real[cell + factCell.totalMs] = -LATENCY_MS * Math.log(1 - chance * 0.999)
    real[cell + factCell.connectMs] = -1
    real[cell + factCell.waitMs] = real[cell + factCell.totalMs]! * 0.9
    real[cell + factCell.receiveMs] = 0.1
    real[cell + factCell.ghostMs] = ghost ? 0.2 : -1
    real[cell + factCell.confidence] = ghost ? 0.9 : -1
  }
  return {
    ...{ run: 1, batch, sinceAt: from, rows, cells, faults: factFaults },
    routes: Array.from({ length: ROUTES }, (_, place) => routeName(place)),
    targets: ['', ...Array.from({ length: TARGETS }, (_, i) => `/things/${i % ROUTES}/${i}?page=${i % 7}`)],
    scopes: ['', scopeName(1), scopeName(2), scopeName(RARE_SCOPE)],
    ...clientsOf(rows),
  }
}

function clientsOf(rows: number) {
  const places = Uint16Array.from({ length: rows }, (_, row) => 1 + (row % CLIENTS))
  const names = ['', ...Array.from({ length: CLIENTS }, (_, i) => `client-${i}-of-the-bench`)]
  return { clients: { places, names } }
}
