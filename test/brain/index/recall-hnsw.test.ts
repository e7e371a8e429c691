import t from 'tap'
import { openHnsw } from '../../../brain/index/hnsw.js'
import { COUNT, recallSuite } from './recall-suite.js'
import { asked } from './vector-index-suite.js'

const index = openHnsw()
const skip = index.kind === 'hnsw' ? false : `no hnswlib here (${index.reason})`

t.test(`hnswlib finds the nearest among ${COUNT} vectors`, { skip }, t => recallSuite(t, asked(index)))
