// Sets of rows, held against sets of numbers through random changes.
import t from 'tap'
import { RowBits } from '../../../brain/world/row-bits.js'
import { seededRandom } from '../../support/random.js'

const ROWS = 200

t.test('as sets of numbers', t => {
  const random = seededRandom(5)
  const numbers = Float64Array.from({ length: ROWS }, () => Math.floor(random() * 20))
  for (let round = 0; round < 200; round++) {
    const bits = new RowBits(round % 2 === 0 ? ROWS : 0)
    let plain = new Set<number>()
    for (let change = 0; change < 60; change++) {
      const i = Math.floor(random() * ROWS)
      if (plain.has(i) && random() < 0.5) {
        bits.delete(i)
        plain.delete(i)
      } else {
        bits.add(i)
        plain.add(i)
      }
    }
    const copy = bits.copy()
    const before = [...plain].sort((a, b) => a - b).join()
    if (round % 3 === 0) {
      bits.keep(i => i % 3 !== 0)
      plain = new Set([...plain].filter(i => i % 3 !== 0))
    } else if (round % 3 === 1) {
      bits.keepWithin(numbers, 4, 12)
      plain = new Set([...plain].filter(i => numbers[i]! >= 4 && numbers[i]! <= 12))
    } else {
      bits.and(1, Uint32Array.of(0xf))
      plain = new Set([...plain].filter(i => i >> 5 !== 1 || i < 36))
    }
    const sorted = [...plain].sort((a, b) => a - b)
    if (
      bits.count !== plain.size ||
      sorted.join() !== [...bits.toArray()].join() ||
      bits.some(i => numbers[i] === 7) !== sorted.some(i => numbers[i] === 7) ||
      sorted.some(i => !bits.has(i))
    )
      t.fail(`round ${round}`, { found: [...bits.toArray()], wanted: sorted })
    if ([...copy.toArray()].join() !== before) t.fail(`round ${round}: the copy changed as well`)
  }
  t.end()
})

t.test('none, and all of whole words', t => {
  t.equal(new RowBits(0).count, 0)
  t.same([...new RowBits(64).toArray()], [])
  const all = new RowBits(64)
  for (let i = 0; i < 64; i++) all.add(i)
  t.equal(all.count, 64)
  t.same([...all.toArray()], [...Array(64).keys()])
  t.end()
})
