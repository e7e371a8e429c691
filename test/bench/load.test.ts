import t from 'tap'
import { wrkScript } from '../../bench/load.js'

t.test('wrk asks for each path, and posts where there is a body', async t => {
  const asks = wrkScript({ paths: ['/a', '/b?c=d'] })
  t.match(asks, 'ipairs({ "/a", "/b?c=d" })')
  t.match(asks, "wrk.format('GET', path)")
  t.match(wrkScript({ paths: ['/a'], bodyBytes: 4096 }), "wrk.format('POST', path, nil, string.rep('x', 4096))")
})
