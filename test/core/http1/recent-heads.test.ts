import t from 'tap'
import { RecentHeads } from '../../../core/http1/recent-heads.js'

const head = (text: string): Buffer => Buffer.from(`HTTP/1.1 200 OK\r\n${text}\r\n\r\n`, 'latin1')

t.test('a head that was kept is known wherever it lies, whole and to the octet', async t => {
  const recent = new RecentHeads<string>()
  for (const text of ['X: 1', 'X: 22', 'X: 333', 'X: 4444']) {
    const octets = head(text)
    recent.keep(Buffer.concat([Buffer.from('..'), octets]), 2, octets.length, text)
  }
  for (const text of ['X: 1', 'X: 22', 'X: 333', 'X: 4444']) {
    const octets = head(text)
    for (let before = 0; before < 5; before++) {
      const buffer = Buffer.concat([Buffer.alloc(before, 'x'), octets, Buffer.from('body')])
      const end = before + octets.length
      t.equal(recent.find(buffer, before, buffer.length)?.head, text)
      t.equal(recent.find(buffer, before, end)?.length, octets.length)
      t.equal(recent.find(buffer, before, end - 1), undefined, 'what lies behind the end is of an earlier read')
      for (let at = before; at < end; at++) {
        const other = Buffer.from(buffer)
        other[at]! ^= 1
        if (recent.find(other, before, other.length) !== undefined)
          t.fail(`an octet at ${at - before} makes no difference`)
      }
    }
  }
})

t.test('it keeps the last few, and no long ones', async t => {
  const recent = new RecentHeads<number>()
  for (let i = 0; i < 20; i++) recent.keep(head(`X: ${i + 100}`), 0, head('X: 100').length, i)
  const whole = (i: number): number | undefined => {
    const octets = head(`X: ${i + 100}`)
    return recent.find(octets, 0, octets.length)?.head
  }
  t.same(
    Array.from({ length: 20 }, (_, i) => whole(i)).filter(one => one !== undefined),
    [12, 13, 14, 15, 16, 17, 18, 19],
  )
  const long = head(`X: ${'x'.repeat(2000)}`)
  recent.keep(long, 0, long.length, 99)
  t.equal(recent.find(long, 0, long.length), undefined)
})
