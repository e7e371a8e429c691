// A lesson may come while the rest of the process is put together: nobody has to wait for the next one.
import t from 'tap'
import { emptyLesson, type Lesson } from '../../../core/contract/lesson.js'
import { Lessons } from '../../../core/start/lessons.js'

const watch = { learned: (routes: readonly unknown[]) => routes.map((_, i) => i + 1) }

function brainThatTaught(newest: Lesson) {
  const listeners: ((lesson: Lesson) => void)[] = []
  return {
    onLesson: (listener: (lesson: Lesson) => void) => {
      listeners.push(listener)
      listener(newest)
    },
    teach: (lesson: Lesson) => {
      for (const listener of listeners) listener(lesson)
    },
  }
}

const lessonOf = (version: number): Lesson => ({ ...emptyLesson, version })

t.test('what was taught since the start is followed, what is known already is not told again', async t => {
  const first = lessonOf(7)
  const lessons = new Lessons(first, watch as never)
  const told: number[] = []
  const edges = { sendAll: (message: { kind: string; lesson?: Lesson }) => void told.push(message.lesson!.version) }
  const brain = brainThatTaught(lessonOf(9))
  lessons.follow(brain, edges as never)
  t.equal(lessons.lesson.version, 9)
  brain.teach(lessonOf(10))
  brain.teach(lessonOf(10))
  t.same(told, [9, 10])

  const again = new Lessons(first, watch as never)
  again.follow(brainThatTaught(first), edges as never)
  t.equal(again.lesson, first)
  t.same(told, [9, 10], 'edges are told of the first one when they are up')
})
