import t from 'tap'
import { embedLexically, openLexical } from '../../brain/lexical.js'

const cosine = (one: string, other: string) => {
  const [a, b] = [embedLexically(one), embedLexically(other)]
  return a.reduce((sum, component, i) => sum + component * b[i]!, 0)
}

t.test('makes unit vectors of any text', async t => {
  const embedder = openLexical('because')
  t.match(embedder, { name: 'lexical-384', dimensions: 384, reason: 'because' })
  for (const vector of await embedder.embed(['red shoes', '', '   ', '!?', '鞋', '\ud800', 'x'.repeat(100_000)])) {
    t.equal(vector.length, 384)
    t.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-5)
  }
})

t.test('does not see order, case and forms of the same letters, and forgives a typing error', async t => {
  t.ok(cosine('red running shoes', 'Shoes RED running') > 0.999)
  t.ok(cosine('café', 'cafe\u0301') > 0.999)
  t.ok(cosine('running shoes', 'runing shoes') > 0.6)
  t.ok(cosine('running shoes', 'runing shoes') < 0.95)
  t.ok(Math.abs(cosine('running shoes', 'weather in paris')) < 0.3)
})

t.test('is the same on every machine and in every version', async t => {
  // Stored vectors are compared with new ones: where this fails the embedder needs a new name.
  const vector = embedLexically('red shoes')
  const strongest = [...vector.keys()].sort((a, b) => Math.abs(vector[b]!) - Math.abs(vector[a]!)).slice(0, 2)
  t.same(
    strongest.sort((a, b) => a - b),
    [97, 111],
  )
})
