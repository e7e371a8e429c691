import t from 'tap'
import { closeFrame, FrameBoundary } from '../../../core/proxy/frame-boundary.js'
import { seededRandom } from '../../support/random.js'
import { closePayload, frameOf } from '../../support/raw-websocket.js'

t.test('frames of every length form are followed, however they are cut', async t => {
  const random = seededRandom(7)
  const upTo = (limit: number): number => Math.floor(random() * limit)
  const sizes = [0, 1, 125, 126, 127, 300, 65_535, 65_536, 70_000]
  for (let round = 0; round < 200; round++) {
    const frames = Array.from({ length: 1 + upTo(8) }, () =>
      frameOf({
        opcode: [0, 1, 2, 9, 10][upTo(5)]!,
        payload: Buffer.alloc(sizes[upTo(sizes.length)]!, upTo(256)),
        fin: random() < 0.5,
        mask: random() < 0.1,
      }),
    )
    const ends = new Set<number>()
    let length = 0
    for (const frame of frames) {
      length += frame.length
      ends.add(length)
    }
    const bytes = Buffer.concat(frames)
    const passing = new FrameBoundary()
    const stopping = new FrameBoundary()
    const stops: number[] = []
    for (let at = 0; at < length; ) {
      const piece = bytes.subarray(at, at + 1 + upTo(random() < 0.5 ? 12 : 100_000))
      if (passing.pass(piece) !== piece.length) t.fail('all of it is gone over')
      if (passing.between !== ends.has(at + piece.length)) t.fail(`at ${at + piece.length} of ${[...ends]}`)
      for (let from = 0; from < piece.length; ) {
        from += stopping.pass(piece.subarray(from), true)
        if (stopping.between) stops.push(at + from)
      }
      at += piece.length
    }
    t.same(stops, [...ends], 'one frame at a time')
    t.notOk(passing.closes)
  }
})

t.test('a Close frame is seen as soon as it begins, and what is behind it does not hide it', async t => {
  const frames = new FrameBoundary()
  frames.pass(frameOf({ opcode: 1, payload: '\x88\x00', mask: false }))
  t.notOk(frames.closes, 'what looks like one inside of another is none')
  frames.pass(Buffer.from([0x88]))
  t.ok(frames.closes)
  t.notOk(frames.between)
  frames.pass(Buffer.from([0]))
  t.ok(frames.between)
  frames.pass(frameOf({ opcode: 1, payload: 'x', mask: false }))
  t.ok(frames.closes)
})

t.test('a Close frame of ours is one', async t => {
  t.same(closeFrame(1001, 'bye'), frameOf({ opcode: 8, payload: closePayload(1001, 'bye'), mask: false }))
})
