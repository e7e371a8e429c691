import t from 'tap'
import { DrilledCircuit } from '../../../core/drills/drilled-circuit.js'

t.test('a circuit that opens without a drill is no drill', async t => {
  const circuit = new DrilledCircuit()
  t.notOk(circuit.look(true, false, 1))
  t.notOk(circuit.look(false, false, 2))
  t.notOk(circuit.look(false, true, 3), 'one that begins afterwards did not open it')
  t.notOk(circuit.look(true, true, 4))
  t.notOk(circuit.wasOpenAt(3))
})

t.test('one that opens while a drill runs is its, until it is closed again', async t => {
  const circuit = new DrilledCircuit()
  t.notOk(circuit.look(true, true, 1), 'while it is closed what fails beside the drill is real')
  t.notOk(circuit.wasOpenAt(1))
  t.ok(circuit.look(false, true, 2))
  t.ok(circuit.look(false, false, 3), 'the drill is over')
  t.notOk(circuit.look(true, false, 4))
  t.ok(circuit.wasOpenAt(3), 'ghosts of before that edges tell of only now')
  t.notOk(circuit.wasOpenAt(5))
  t.notOk(circuit.look(false, false, 6), 'the next one is real')
  t.notOk(circuit.look(true, false, 7))
  t.notOk(circuit.wasOpenAt(6))
})
