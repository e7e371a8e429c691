import { join } from 'node:path'
import t from 'tap'
import { openDuckDb } from '../../../core/history/duckdb.js'
import { temporaryFolder } from '../../support/proxy.js'
import { storeSuite } from './store-suite.js'

const folder = temporaryFolder()
storeSuite(t, name => openDuckDb(join(folder, `${name}.duckdb`)))
