// Names that a user gives are taken literally, and bodies that are made to keep a pattern busy do not: by one that goes back
// again and again this would not end.
import t from 'tap'
import { routeSyntax } from '../../../core/contract/route-policy.js'
import { Redactor } from '../../../core/record/redact.js'

const MANY = 300_000

t.test('names for CHAOS_REDACT are no patterns', async t => {
  const redactor = new Redactor(['(a+)+$', '.*', 'a|b', '[', '\\'], () => '#')
  const text = (body: string): string => redactor.body(Buffer.from(body)).body.toString()
  t.equal(text('{"anything":"x","a":"y","b":"z"}'), '{"anything":"x","a":"y","b":"z"}')
  t.equal(text('{".*":"x","(a+)+$":"y"}'), '{".*":"[redacted]","(a+)+$":"[redacted]"}')
  const hostile = `{"${'a'.repeat(MANY)}!":1}`
  t.equal(text(hostile), hostile)
})

t.test('what nearly fits everywhere is walked through', async t => {
  const redactor = new Redactor([], () => '#')
  for (const body of [
    `{"a":"${'eyJ'.repeat(MANY)}`,
    `{"a":"${'eyJhbGciOiJI.'.repeat(MANY / 4)}`,
    '"token"'.repeat(MANY / 4),
    `"token"${' '.repeat(MANY)}`,
    `"token" : "${'\\"'.repeat(MANY)}`,
    '"token":"\\'.repeat(MANY / 4),
    `"query":"${'token:'.repeat(MANY / 4)}`,
    `{"query":"${'{token '.repeat(MANY / 4)}"}`,
    '-'.repeat(MANY),
  ]) {
    redactor.body(Buffer.from(body))
    redactor.requestText(body, 'json')
    redactor.requestText(body, 'graphql')
    redactor.requestText(body, 'form')
    redactor.query(body)
    redactor.text(body)
    t.pass(body.slice(0, 20))
  }
})

t.test('routes in CHAOS_ROUTES_FILE are read in one go', async t => {
  for (const route of [
    `GET ${'/{a}'.repeat(MANY / 4)}!{`,
    `GET /${'a'.repeat(MANY)}{`,
    `GET ${'/**'.repeat(MANY / 4)} `,
    `GET ${'/'.repeat(MANY)}`,
    `${'A'.repeat(MANY)}`,
  ])
    t.notOk(routeSyntax.test(route), route.slice(0, 20))
})
