import { existsSync } from 'node:fs'
import t from 'tap'
import { familyOf, parentOf, residentBytes, residentOf } from '../../../bench/peers/resident.js'

t.test('a process and all below it, and nobody else', async t => {
  const processes = [
    { pid: 4, parent: 3 },
    { pid: 1, parent: 0 },
    { pid: 2, parent: 1 },
    { pid: 3, parent: 1 },
    { pid: 5, parent: 2 },
  ]
  t.same(familyOf(3, processes), [3, 4])
  t.same(familyOf(1, processes).sort(), [1, 2, 3, 4, 5])
})

t.test('the name of a process may look like what follows it', async t => {
  t.equal(parentOf('42 (a) S 9 (b) S 17 42 0'), 17)
})

t.test('resident memory is told in kB', async t => {
  t.equal(residentOf('Name:\tx\nVmPeak:\t  9 kB\nVmRSS:\t  2048 kB\n'), 2 << 20)
  t.equal(residentOf(''), 0, 'of a process that is gone')
})

t.test('of this process', { skip: existsSync('/proc/self/status') ? false : 'there is no /proc here' }, async t => {
  t.ok(residentBytes(process.pid)! > 1 << 20)
  t.equal(residentBytes(2 ** 30), undefined, 'of a process that does not exist')
})
