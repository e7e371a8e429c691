import t from 'tap'
import { compareNumbers, isSafeNumber } from '../../../brain/world/number-order.js'

t.test('integers of any length are in the order of their values', async t => {
  const integers = [
    '0',
    '-0',
    '1',
    '-1',
    '9',
    '10',
    '0010',
    '-10',
    '999999999999999',
    '1000000000000000',
    '9007199254740992',
    '9007199254740993',
    '-9007199254740993',
    '-9007199254740992',
    '18446744073709551615',
    '18446744073709551616',
    '00000000000000000000',
    '-00000000000000000000',
    '00000000000000000001',
  ]
  for (const a of integers)
    for (const b of integers) {
      const x = BigInt(a)
      const y = BigInt(b)
      t.equal(Math.sign(compareNumbers(a, b)), x < y ? -1 : x > y ? 1 : 0, `${a} beside ${b}`)
    }
})

t.test('other numbers are in the order of the doubles that they are', async t => {
  const numbers = ['-1e3', '-2.5', '0', '1e-7', '2.50', '2.5', '1E2', '100']
  for (const a of numbers)
    for (const b of numbers) t.equal(compareNumbers(a, b), Math.sign(Number(a) - Number(b)), `${a} beside ${b}`)
})

t.test('is safe what a double holds exactly', async t => {
  for (const text of ['0', '-1', '12.5', '999999999999999', '-999999999999999', '-1234567890.12345'])
    t.ok(isSafeNumber(text), text)
  for (const text of [
    '9007199254740993',
    '1000000000000000',
    '-1234567890.123456',
    '18446744073709551615',
    '1e3',
    '',
    '.5',
    '1.',
    ' 1',
    '0x10',
  ])
    t.notOk(isSafeNumber(text), text)
})
