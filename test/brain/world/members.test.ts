import t from 'tap'
import { Members, Names } from '../../../brain/world/members.js'
import type { JsonNode } from '../../../core/contract/json.js'

const node = (raw: number): JsonNode => ({ kind: 'number', raw: String(raw) })

t.test('knows what a map of members with their moments would', async t => {
  const names = ['id', 'name', 'price', 'stock', 'note', 'view\u0000name']
  let seed = 3
  const below = (n: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return Math.floor((seed / 2147483648) * n)
  }
  for (let round = 0; round < 300; round++) {
    const members = new Members()
    const model = new Map<string, { node: JsonNode; at: number }>()
    for (let step = 0; step < 30; step++) {
      const name = names[below(names.length)]!
      const at = 1 + below(3)
      const value = node(below(100))
      const what = below(5)
      if (what === 0) {
        members.delete(name)
        model.delete(name)
      } else if (what === 1) {
        members.touch(name, at)
        const known = model.get(name)
        if (known !== undefined) known.at = at
      } else if (what === 2) {
        const came = names.filter(other => !model.has(other) && below(2) === 0).map(other => [other, value] as const)
        members.add(came, at)
        for (const [other] of came) model.set(other, { node: value, at })
      } else if (what === 3 && model.size > 0 && below(3) === 0) {
        const entries = [...model.keys()].map(other => [other, value] as const)
        members.fill(new Names(entries.map(([other]) => other)), entries, at)
        for (const known of model.values()) Object.assign(known, { node: value, at })
      } else {
        members.set(name, value, at)
        if (model.has(name)) Object.assign(model.get(name)!, { node: value, at })
        else model.set(name, { node: value, at })
      }
      const wanted = [...model].map(([other, known]) => [other, known.node, known.at])
      if (JSON.stringify([...members]) !== JSON.stringify(wanted)) t.same([...members], wanted)
      for (const other of names) {
        if (members.get(other) !== model.get(other)?.node) t.fail(`another value of ${other}`)
        if (members.saidAt(other) !== model.get(other)?.at) t.fail(`another moment of ${other}`)
      }
      const last = Math.max(0, ...[...model.values()].map(known => known.at))
      if (members.isAnySaidAfter(1) !== last > 1) t.fail('said after')
      if (members.size !== model.size) t.fail('size')
    }
  }
  t.pass('all of it')
})

t.test('records of one kind share their names, one that differs has its own', async t => {
  const row = (...names: string[]) => names.map((name, i) => [name, node(i)] as const)
  const [a, b, c] = [new Members(), new Members(), new Members()]
  for (const members of [a, b]) {
    members.add(row('id', 'name'), 1)
    members.add(row('price'), 2)
  }
  c.add(row('id', 'name'), 1)
  c.add(row('cost'), 2)
  t.equal(a.names, b.names)
  t.same(a.names.list, ['id', 'name', 'price'])
  t.same(c.names.list, ['id', 'name', 'cost'])
  b.delete('name')
  t.same(a.names.list, ['id', 'name', 'price'], 'what one forgets the other knows')
})
