import t from 'tap'
import { openExactScan } from '../../../brain/index/exact-scan.js'
import { openHnsw } from '../../../brain/index/hnsw.js'
import { asked, vectorIndexSuite } from './vector-index-suite.js'

const openings = {
  'exact scan': () => openExactScan(),
  'hnsw, scanned while small': () => openHnsw(),
  'hnsw, a graph from the first vector on': () => openHnsw(1),
}
for (const [name, open] of Object.entries(openings)) vectorIndexSuite(t, name, async () => asked(open()))

t.test('without the binary hnsw is an exact scan and says why', async t => {
  const index = openHnsw(1, () => {
    throw new Error('no such binary\n    at somewhere')
  })
  t.match(index, { kind: 'exact', reason: /no such binary\)/ })
  index.add('a', 'p', Float32Array.of(1, 0))
  t.equal(index.search('p', Float32Array.of(1, 0), 1)[0]!.id, 'a')
})
