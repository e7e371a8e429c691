// What was captured is text on every page: React makes it so, unless a page goes past it. And the policy of the page runs no
// script that is not a file of ours.
import t from 'tap'
import { dashboardPolicy } from '../../core/admin/static-files.js'
import { sourcesBelow } from '../project/repository.js'

/** Each of these could make markup or a script of data. */
const waysPast: readonly RegExp[] = [
  /dangerouslySetInnerHTML/,
  /\.(inner|outer)HTML\b/,
  /insertAdjacentHTML|document\.write|createContextualFragment|DOMParser/,
  /\beval\s*\(|new Function\b|\bset(Timeout|Interval)\(\s*['"`]/,
  /srcDoc|<iframe|<object|<embed|<script/,
  // React lets `javascript:` through (with a warning): addresses begin with what we wrote. `to` is of the menu.
  /\b(href|src|action|formAction)=\{(?!`\/|'|"|to\})/,
]

t.test('no page makes markup, scripts or addresses of data', async t => {
  const sources = sourcesBelow(['dashboard/src'])
  t.ok(sources.length > 20)
  for (const { path, text } of sources) for (const way of waysPast) t.notMatch(text, way, `${path} ${way.source}`)
  const bad = '<a href={exchange.target} dangerouslySetInnerHTML={{ __html: body }} />'
  t.equal(waysPast.filter(way => way.test(bad)).length, 2, 'they are found where they stand')
})

t.test('the policy of the page allows scripts and connections of this port alone', async t => {
  t.match(dashboardPolicy, "default-src 'none'")
  t.match(dashboardPolicy, "script-src 'self'")
  t.match(dashboardPolicy, "connect-src 'self'")
  t.match(dashboardPolicy, "base-uri 'none'")
  t.match(dashboardPolicy, "form-action 'none'")
  t.match(dashboardPolicy, "frame-ancestors 'none'")
  t.notMatch(dashboardPolicy, /unsafe-|https?:|\*/)
})
