import t from 'tap'
import { answeredBy, statusClasses } from '../../../core/contract/live.js'
import { Redactor } from '../../../core/record/redact.js'
import { Tail, type TailEntry } from '../../../core/record/tail.js'

const entry: TailEntry = {
  ...{ method: 'GET', path: '/users/7', query: undefined, route: '/users/{id}', status: 200, by: 'live' },
  ...{ confidence: undefined, tookMs: 1.23456, fault: undefined },
}
const open = (places = 3): Tail => new Tail({ redactor: new Redactor([], () => 'hash'), now: () => 5, places })

t.test(
  'all are counted, as many as there are places are shown, and what is not live has places of its own',
  async t => {
    const tail = open()
    t.equal(tail.take(), undefined)
    for (let i = 0; i < 100; i++) tail.note(entry)
    tail.note({ ...entry, by: 'exact', status: 404, confidence: 1 })
    tail.note({ ...entry, by: 'entity', confidence: 0.849 })
    tail.note({ ...entry, by: 'refused', status: 503, fault: 'CHAOS_ERR_UPSTREAM_RESET' })
    tail.note({ ...entry, by: 'aborted', status: 0 })
    const { requests, counts, confidences } = tail.take()!
    t.same(
      requests.map(({ by }) => by),
      ['live', 'live', 'live', 'exact', 'entity', 'refused'],
    )
    t.match(requests[0], {
      at: 5,
      target: '/users/7',
      route: '/users/{id}',
      tookMs: 1.235,
      confidence: null,
      fault: '',
    })
    const at = (by: (typeof answeredBy)[number], name: (typeof statusClasses)[number]): number =>
      counts[answeredBy.indexOf(by) * statusClasses.length + statusClasses.indexOf(name)]!
    t.same(
      [at('live', '2xx'), at('exact', '4xx'), at('entity', '2xx'), at('refused', '5xx'), at('aborted', 'none')],
      [100, 1, 1, 1, 1],
    )
    t.equal(confidences[9], 1, 'one belongs to the last step')
    t.equal(confidences[10 + 8], 1)
    t.equal(tail.take(), undefined, 'told once')
  },
)

t.test('no value of a query is shown, no token in a path, and nothing is long', async t => {
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'
  const shown = (path: string, query?: string): string => {
    const tail = open()
    tail.note({ ...entry, path, query })
    return tail.take()!.requests[0]!.target
  }
  t.equal(shown('/a', 'email=ann@example.org&page=2'), '/a?email=…&page=…')
  t.equal(shown('/a', 'just-a-secret'), '/a?…')
  t.equal(shown('/a', ''), '/a')
  t.notMatch(shown(`/reset/${jwt}`), 'dozjgNryP4J3jVmNHl0w5N')
  t.ok(shown(`/${'x'.repeat(5000)}`, `${'y'.repeat(5000)}=1&${'z=1&'.repeat(5000)}`).length < 400)
})
