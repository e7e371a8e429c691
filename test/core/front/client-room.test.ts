import t from 'tap'
import { type ClientCounts, ClientRoom } from '../../../core/front/client-room.js'
import { Board } from '../../../core/health/board.js'

const countsOf = (board: Board, edge: number): ClientCounts => ({
  set: open => board.set(edge, 'openClients', open),
  total: () => board.total('openClients'),
})

/** So many are open there now, the last one within the room. */
function takes(room: ClientRoom, open: number): boolean {
  room.note(open)
  return !room.isExceeded
}

t.test('edges share the room: wherever connections land, as many are taken as there may be', async t => {
  const memory = Board.create(2, 1)
  const boards = [new Board(memory, 2, 1000), new Board(memory, 2, 1000)] as const
  const [one, other] = [new ClientRoom(6, countsOf(boards[0], 0)), new ClientRoom(6, countsOf(boards[1], 1))]
  for (let open = 1; open <= 5; open++) t.ok(takes(one, open), 'one edge alone has more than its half')
  t.ok(takes(other, 1))
  t.notOk(takes(other, 2), 'a seventh is one too many, on the edge that has one')
  t.ok(takes(other, 1), 'and is turned away')
  t.notOk(takes(one, 6), 'as on the other')
  t.ok(takes(one, 4))
  t.ok(takes(other, 2), 'where one has gone another may come')
  t.equal(boards[0].total('openClients'), 6)
})

t.test('what an edge had that crashed is gone with it', async t => {
  const memory = Board.create(1, 1)
  const board = new Board(memory, 1, 1000)
  new ClientRoom(3, countsOf(board, 0)).note(3)
  const again = new ClientRoom(3, countsOf(board, 0))
  t.equal(board.total('openClients'), 0)
  t.ok(takes(again, 1))
})
