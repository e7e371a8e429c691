import t, { type Test } from 'tap'
import { steadyClock } from '../../../core/clock/clock.js'
import type { Lesson } from '../../../core/contract/lesson.js'
import type { ComposeQuestion, ComposeReply } from '../../../core/contract/messages.js'
import { BrainQuestions } from '../../../core/threads/brain-questions.js'

const soon = (): number => steadyClock.now() + 60_000
const lesson: Lesson = { version: 1, routes: [] }
const about = (path: string): ComposeQuestion => ({
  ...{ method: 'GET', path, query: '', scope: '', body: '', contentType: '' },
})
const unknown: ComposeReply = { kind: 'none', refused: 'not-derivable', because: 'no such case was seen' }

function open(t: Test, edges = 2) {
  const asked: number[] = []
  const all: number[] = []
  const note = (askId: number): void => {
    asked.push(askId)
    all.push(askId)
  }
  const brain = new BrainQuestions({ edges, postMatch: note, postCompose: note })
  // All that is open is settled with the test: nothing waits for its time.
  t.teardown(() => {
    for (let at = 0; at < all.length; at++) brain.composed(all[at]!, unknown)
  })
  return { brain, asked }
}

t.test('what has no answer is asked once for each lesson', async t => {
  const { brain, asked } = open(t)
  const ask = (path: string) => brain.compose(about(path), soon(), 'r1')
  const first = ask('/users/7')
  brain.composed(asked.pop()!, unknown)
  t.equal(await first, unknown)
  t.equal(ask('/users/7'), unknown, 'at once, without a promise')
  t.equal(asked.length, 0)
  void ask('/users/8')
  t.equal(asked.length, 1, 'another question')
  brain.learned(lesson)
  void ask('/users/7')
  t.equal(asked.length, 2, 'by now it may be known')
})

t.test('that the brain was late, busy or down says nothing of a question', async t => {
  for (const refused of ['brain-late', 'brain-busy', 'brain-down', 'low-confidence'] as const) {
    const { brain, asked } = open(t)
    void brain.compose(about('/users/7'), soon(), 'r1')
    brain.composed(asked.pop()!, { kind: 'none', refused, because: '' })
    void brain.compose(about('/users/7'), soon(), 'r1')
    t.equal(asked.length, 1, refused)
  }
})

t.test('what is remembered is bounded', t => {
  const { brain, asked } = open(t, 1)
  const brief = (path: string): void => {
    void brain.compose(about(path), soon(), 'r1')
    const askId = asked.pop()
    if (askId !== undefined) brain.composed(askId, unknown)
  }
  for (let i = 0; i < 10_000; i++) brief(`/users/${i}`)
  void brain.compose(about('/users/0'), soon(), 'r1')
  t.equal(asked.length, 1, 'the oldest are forgotten')
  asked.pop()
  const long = `/users/${'7'.repeat(1000)}`
  brief(long)
  void brain.compose(about(long), soon(), 'r1')
  t.equal(asked.length, 1, 'too long to be remembered')
  t.end()
})

t.test('all edges together have no more out than the brain takes', t => {
  for (const edges of [1, 2, 8, 16, 64]) {
    const { brain, asked } = open(t, edges)
    for (let i = 0; i < 1000; i++) {
      void brain.compose(about(`/users/${i}`), soon(), `r${i % 7}`)
      void brain.compose(about(`/scan/${i}`), soon(), '')
    }
    t.equal(asked.length, brain.places)
    t.equal(brain.out, brain.places)
    t.equal(brain.mostOut, brain.places)
    if (edges <= 16) t.ok(edges * brain.places <= 64, `${edges} edges with ${brain.places} places`)
  }
  t.end()
})

t.test('how sure anything is where no route is known comes with the lesson', t => {
  const { brain } = open(t)
  t.equal(brain.surestNowhere(''), 1, 'nobody knows: the brain is asked')
  brain.learned({ ...lesson, nowhere: { nobody: 0.3, others: 0.9 } })
  t.equal(brain.surestNowhere(''), 0.3)
  t.equal(brain.surestNowhere('somebody'), 0.9)
  t.end()
})
