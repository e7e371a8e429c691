import t from 'tap'
import { replaceWebTokens } from '../../../core/record/web-tokens.js'

const masked = (text: string): string => replaceWebTokens(text, () => '#')
const head = 'eyJhbGciOiJI'

t.test('tokens become something else, wherever they stand, and all else stays', async t => {
  t.equal(masked(`a ${head}.abcd.efgh b`), 'a # b')
  t.equal(masked(`sid-${head}.abcd.ef-h_`), 'sid-#')
  t.equal(masked(`${head}.abcd.efgh.${head}.abcd.efgh`), '#.#')
  t.equal(masked(`${head}.${head}.${head}.abcd.efgh`), '#.abcd.efgh')
  t.equal(masked(`${head}..abcd.efgh`), `${head}..abcd.efgh`)
  for (const none of [
    '',
    'eyJ',
    'eyJ.eyJ.eyJ',
    'eyJshort12.abcd',
    'eyJ1234567.abcd.efgh',
    `${head}.abc.efgh`,
    `${head}.abcd.efg`,
    `${head}.abcd`,
    `${head}.ab/d.efgh`,
  ])
    t.equal(masked(none), none)
})

t.test('the same as the regular expression says, on short texts made by chance', async t => {
  let seed = 7
  const next = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return seed % below
  }
  const pieces = ['eyJ', 'eyJabcdefgh', '.', '.', 'abcd', 'ab', '-', ' ', '"', 'é']
  for (let i = 0; i < 3000; i++) {
    const text = Array.from({ length: 1 + next(14) }, () => pieces[next(pieces.length)]).join('')
    t.equal(masked(text), text.replace(/eyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]{4,}/g, '#'), text)
  }
})

t.test('a megabyte of beginnings is walked through: by the regular expression it would take half an hour', async t => {
  const text = 'eyJ'.repeat(350_000)
  t.equal(masked(text), text)
  const dotted = 'eyJeyJeyJeyJ.eyJ.'.repeat(60_000)
  t.equal(masked(dotted), dotted)
})
