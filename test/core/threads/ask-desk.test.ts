import t from 'tap'
import { steadyClock } from '../../../core/clock/clock.js'
import { AskDesk } from '../../../core/threads/ask-desk.js'

const soon = (): number => steadyClock.now() + 60_000

t.test('a reply finds who asked, once', async t => {
  const asked: number[] = []
  const desk = new AskDesk<string, string>(askId => asked.push(askId), 'late')
  const reply = desk.ask('q', soon())
  t.equal(desk.settle(asked[0]!, 'r'), true)
  t.equal(await reply, 'r')
  t.equal(desk.settle(asked[0]!, 'again'), false, 'it is too late for another')
})

t.test('two desks do not number alike: a reply to one that is gone finds nobody at the next', async t => {
  const numbers = new Set<number>()
  for (let i = 0; i < 20; i++) {
    const desk = new AskDesk<string, string>(askId => numbers.add(askId), 'late', 1)
    void desk.ask('q', soon())
    t.equal(await desk.ask('one too many', soon()), 'late')
    for (const askId of numbers) desk.settle(askId, '')
  }
  t.equal(numbers.size, 20)
})

t.test('a question that came too late is not asked', async t => {
  const desk = new AskDesk<string, string>(() => t.fail('asked'), 'late')
  t.equal(await desk.ask('q', 0), 'late')
})
