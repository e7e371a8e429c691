import t from 'tap'
import { readResponseHead } from '../../../core/http1/response-head-parser.js'
import { ResponseMemory } from '../../../core/http1/response-memory.js'

const head = (n: number): string => `HTTP/1.1 200 OK\r\nX: ${n}`
const read = (text: string) => readResponseHead(text, text.length)!

t.test('a head that was kept is found, octet for octet the same alone', async t => {
  const memory = new ResponseMemory()
  const known = read(head(1))
  memory.keep(head(1), known)
  t.equal(memory.find(head(1)), known)
  t.equal(memory.find(head(1).toLowerCase()), undefined)
  t.equal(memory.find(`${head(1)} `), undefined)
})

t.test('heads that never come again are not worth remembering; later it looks anew', async t => {
  const memory = new ResponseMemory()
  let kept = 0
  for (let i = 0; i < 40_000; i++) {
    if (memory.find(head(i)) !== undefined) throw new Error('it was never kept')
    memory.keep(head(i), read(head(i)))
    // Looked at now and then only: a find is what it judges by.
    if (i % 16 === 0 && memory.find(head(i)) !== undefined) kept += 16
  }
  t.ok(kept > 512 && kept < 20_000, `${kept} of 40,000`)
})

t.test('it does not grow without end', async t => {
  const memory = new ResponseMemory()
  memory.keep(head(-1), read(head(-1)))
  for (let i = 0; i < 600; i++) memory.keep(head(i), read(head(i)))
  t.equal(memory.find(head(-1)), undefined)
})
