import t from 'tap'
import { bytesText, countText, durationText, percentText } from '../../../core/commands/quantities.js'

t.test('numbers as people read them', async t => {
  t.same([0, 1023, 1024, 10_240, 1 << 20, 3 * 2 ** 30].map(bytesText), [
    '0 B',
    '1023 B',
    '1.0 KiB',
    '10 KiB',
    '1.0 MiB',
    '3.0 GiB',
  ])
  t.same([-1, 59.4, 60, 3725, 90_000].map(durationText), ['0 s', '59 s', '1 min 0 s', '1 h 2 min', '1 d 1 h'])
  t.same([0, 0.876, null].map(percentText), ['0 %', '88 %', '–'])
  t.same([countText(1, 'route'), countText(2, 'route'), countText(2, 'is', 'are')], ['1 route', '2 routes', '2 are'])
})
