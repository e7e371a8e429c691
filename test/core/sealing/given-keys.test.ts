import { createHash } from 'node:crypto'
import t from 'tap'
import { passingKeys, readGivenKeys } from '../../../core/sealing/given-keys.js'
import { keyText } from './keys.js'

const problemOf = (text: string): string => {
  const read = readGivenKeys(text)
  return 'problem' in read ? read.problem : ''
}

t.test('base64 with and without its end, base64url and hexadecimal are the same key', async t => {
  const octets = createHash('sha256').update('one').digest()
  const ids = ['base64', 'base64url', 'hex'].flatMap(coding => {
    const read = readGivenKeys(octets.toString(coding as BufferEncoding))
    return 'keys' in read ? read.keys.ids : []
  })
  t.equal(ids.length, 3)
  t.equal(new Set(ids).size, 1)
})

t.test('the first one seals, all are there, each purpose has its own', async t => {
  const read = readGivenKeys(`${keyText('new')}, ${keyText('old')}`)
  if ('problem' in read) throw new Error(read.problem)
  t.equal(read.keys.ids.length, 2)
  const [journal, memory] = [read.keys.of('journal'), read.keys.of('memory')]
  t.same(
    journal.map(({ id }) => id),
    read.keys.ids,
  )
  t.same(
    journal.map(({ id }) => id),
    memory.map(({ id }) => id),
  )
  t.notSame(journal[0]!.secret, memory[0]!.secret)
  t.notSame(journal[0]!.secret, journal[1]!.secret)
  t.same(read.keys.of('journal'), journal, 'they are the same each time')
})

t.test('what is no key is refused, and not repeated', async t => {
  const short = Buffer.from('only a few octets').toString('base64')
  for (const [text, problem] of [
    [short, /is not 32 octets/],
    ['a password', /is not 32 octets/],
    [Buffer.alloc(32).toString('base64'), /not made by chance/],
    ['0'.repeat(64), /not made by chance/],
    [Buffer.from('abababababababababababababababab').toString('base64'), /not made by chance/],
    [`${keyText('one')},`, /\(key 2 of 2\) is not 32 octets/],
    [`${keyText('one')},${keyText('one')}`, /the same as one before it/],
    [Array.from({ length: 17 }, (_, i) => keyText(`${i}`)).join(','), /more than 16/],
  ] as const) {
    t.match(problemOf(text), problem)
    t.notOk(problemOf(text).includes(text.split(',')[0]!.slice(0, 8)), text)
  }
})

t.test('a passing key is another one each time', async t => {
  t.notSame(passingKeys()[0]!.secret, passingKeys()[0]!.secret)
})
