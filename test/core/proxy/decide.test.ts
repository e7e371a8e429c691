import t from 'tap'
import type { Admission, Probe } from '../../../core/health/gate.js'
import { decide } from '../../../core/proxy/decide.js'

const gate = (admission: Admission) => ({ admit: () => admission })
const never = {
  admit: () => {
    throw new Error('asked for a ticket that nobody uses')
  },
}

t.test('the circuit is not asked where nothing goes to the upstream', async t => {
  t.match(decide(never, 1, 'forced', true), { forward: false, because: 'CHAOS_ERR_UPSTREAM_BYPASSED' })
})

t.test('shut is shut in every mode', async t => {
  for (const mode of ['auto', 'off'] as const)
    t.match(decide(gate('shut'), 1, mode, true), { because: 'CHAOS_ERR_UPSTREAM_CIRCUIT_OPEN', held: false }, mode)
})

t.test('held back is what a ghost may answer, if there are ghosts', async t => {
  const held = { forward: false, because: 'CHAOS_ERR_UPSTREAM_RECOVERING', held: true }
  t.match(decide(gate('held'), 1, 'auto', true), held)
  t.match(decide(gate('held'), 1, 'off', true), { forward: true })
  t.match(decide(gate('held'), 1, 'auto', false), { forward: true })
})

t.test('a probe goes, and is remembered', async t => {
  const probe = { settle: () => {} } as unknown as Probe
  t.match(decide(gate(probe), 1, 'auto', true), { forward: true, probe })
})
