import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openLines } from '../../../core/log/log.js'
import { temporaryFolder } from '../../support/proxy.js'

const read = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line))

t.test('lines are kept together, and all are written when it closes', async t => {
  const path = join(temporaryFolder(), 'lines')
  const lines = openLines(path, () => t.fail('nothing is dropped'))
  for (let i = 0; i < 1000; i++) lines.write({ i, text: 'x'.repeat(i % 200) })
  await lines.close(60_000)
  const written = read(path)
  t.same(
    written.map(({ i }) => i),
    Array.from({ length: 1000 }, (_, i) => i),
  )
  t.match(written[0], { time: /^\d{4}-\d\d-\d\dT/, msg: 'request' })
  t.doesNotThrow(() => lines.write({ late: true }), 'and a late one is nobody’s fault')
  lines.flush()
})

t.test('a few lines wait for a flush', async t => {
  const path = join(temporaryFolder(), 'lines')
  const lines = openLines(path, () => {})
  lines.write({ i: 0 })
  while (!existsSync(path) || read(path).length === 0) {
    lines.flush()
    await new Promise(resolve => setImmediate(resolve))
  }
  t.match(read(path), [{ i: 0 }])
  await lines.close(60_000)
})

t.test('a destination that takes nothing costs lines, and no error', async t => {
  let dropped = 0
  let tell = () => {}
  const lost = new Promise<void>(resolve => {
    tell = resolve
  })
  const lines = openLines('/dev/full', () => {
    dropped += 1
    tell()
  })
  for (let i = 0; i < 100; i++) lines.write({ text: 'x'.repeat(1000) })
  await lost
  t.ok(dropped > 0)
  await lines.close(0)
})
