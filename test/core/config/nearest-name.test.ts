import t from 'tap'
import { nearestName } from '../../../core/config/nearest-name.js'

const known = ['CHAOS_UPSTREAM', 'CHAOS_PORT', 'CHAOS_HOST', 'CHAOS_GHOST_MIN_CONFIDENCE', 'CHAOS_GHOST_MAX_AGE_S']

t.test('the name that was most likely meant', async t => {
  t.equal(nearestName('CHAOS_UPSTREM', known), 'CHAOS_UPSTREAM')
  t.equal(nearestName('CHAOS_UPSTREAMS', known), 'CHAOS_UPSTREAM')
  t.equal(nearestName('CHAOS_PROT', known), 'CHAOS_PORT')
  t.equal(nearestName('CHAOS_GHOST_MIN_CONFIDENZ', known), 'CHAOS_GHOST_MIN_CONFIDENCE')
})

t.test('nothing where nothing is near', async t => {
  t.equal(nearestName('CHAOS_QUANTUM_FLUX_CAPACITOR', known), undefined)
  t.equal(nearestName('X', known), undefined)
  t.equal(nearestName('CHAOS_PORT', []), undefined)
})
