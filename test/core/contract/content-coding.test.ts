import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { contentCoding, decodeContent } from '../../../core/contract/content-coding.js'

t.test('the coding is read without case and blanks, and identity is none', async t => {
  t.equal(contentCoding([]), '')
  t.equal(contentCoding(['content-encoding', ' GZip ']), 'gzip')
  t.equal(contentCoding(['content-encoding', 'identity']), '')
  t.equal(contentCoding(['content-encoding', 'gzip, identity', 'x', 'y', 'content-encoding', 'BR']), 'gzip,br')
})

t.test('known codings are undone, within the limit; all else is unreadable', async t => {
  const plain = Buffer.from('plain '.repeat(100))
  t.same(decodeContent(plain, '', 1), plain, 'what is not coded has no limit')
  for (const [coding, body] of [
    ['gzip', gzipSync(plain)],
    ['x-gzip', gzipSync(plain)],
    ['deflate', deflateSync(plain)],
    ['br', brotliCompressSync(plain)],
  ] as const) {
    t.same(decodeContent(body, coding, 600), plain, coding)
    t.equal(decodeContent(body, coding, 599), undefined, `${coding} over the limit`)
    t.equal(decodeContent(plain, coding, 600), undefined, `${coding} broken`)
  }
  t.equal(decodeContent(plain, 'zstd', 600), undefined)
  t.same(decodeContent(brotliCompressSync(gzipSync(plain)), 'gzip,br', 600), plain, 'the last one first')
  t.equal(decodeContent(brotliCompressSync(gzipSync(plain)), 'gzip,br', 599), undefined)
  t.equal(decodeContent(gzipSync(gzipSync(gzipSync(plain))), 'gzip,gzip,gzip', 600), undefined, 'three are too many')
})

t.test('a bomb is not unpacked, nor one in a bomb', async t => {
  const zeros = Buffer.alloc(64 << 20)
  const before = process.memoryUsage().arrayBuffers
  const bomb = gzipSync(zeros)
  t.ok(bomb.length < 100_000)
  t.equal(decodeContent(bomb, 'gzip', 1 << 20), undefined)
  t.equal(decodeContent(deflateSync(zeros), 'deflate', 1 << 20), undefined)
  t.equal(
    decodeContent(brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }), 'br', 1 << 20),
    undefined,
  )
  const nested = gzipSync(bomb)
  t.ok(nested.length < 1000)
  t.equal(decodeContent(nested, 'gzip, gzip', 1 << 20), undefined)
  t.equal(decodeContent(gzipSync(nested), 'gzip, gzip, gzip', 1 << 20), undefined, 'three layers nobody means well')
  const after = process.memoryUsage().arrayBuffers
  t.ok(after - before < 16 << 20, 'what was unpacked is not kept')
})
