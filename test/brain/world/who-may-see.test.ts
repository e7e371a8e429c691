import t from 'tap'
import { printJson } from '../../../core/contract/json.js'
import { seededRandom } from '../../support/random.js'
import { Student } from '../../support/study.js'

const people = ['ann', 'bob', 'cat', ''] as const
const paths = [
  '/notes',
  '/notes/1',
  '/notes/2',
  '/notes/3',
  '/notes/7',
  '/me',
  '/notes?limit=2',
  '/notes?sort=-size',
  '/teams/1/notes',
]

/** Each sees notes of the same numbers with words of their own, which nobody else may ever be told. */
function notesOf(who: string, random: () => number): { secrets: string[]; notes: object[] } {
  const secrets: string[] = []
  const notes = [1, 2, 3, 4].map(id => {
    const secret = `${who || 'anyone'}-${Math.floor(random() * 1e9).toString(36)}`
    secrets.push(secret)
    return { id, size: Math.floor(random() * 5), text: secret, owner: { id: `${secret}-id`, name: `${secret}-name` } }
  })
  return { secrets, notes }
}

t.test('nothing that only one of them was shown is ever told to another', async t => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = seededRandom(seed)
    const student = new Student()
    const seen = new Map<string, string[]>()
    for (const who of people) {
      const { secrets, notes } = notesOf(who, random)
      seen.set(who, secrets)
      for (let i = 0; i < 25; i++) {
        const [path, query = ''] = paths[Math.floor(random() * paths.length)]!.split('?') as [string, string?]
        const id = /^\/notes\/(\d+)$/.exec(path)?.[1]
        const secret = secrets[0]!
        const headers = { 'content-type': 'application/json', 'x-account': secret, 'x-total-count': '4' }
        const note = notes.find(one => String((one as { id: number }).id) === id)
        const body =
          path === '/me'
            ? { id: who, secret }
            : id === undefined
              ? { account: secret, total: 4, notes }
              : (note ?? { error: `${secret} has none` })
        student.learn(
          { path, query, credential: who },
          { status: id !== undefined && !note ? 404 : 200, headers, body },
        )
      }
    }
    let answers = 0
    for (const who of [...people, 'dan'])
      for (const target of [...paths, '/notes/4', '/notes/9', '/notes?limit=1', '/teams/2/notes', '/other']) {
        const [path, query = ''] = target.split('?') as [string, string?]
        const answer = student.answer({ path, query, credential: who })
        if (answer === undefined) continue
        answers += 1
        const told = printJson(answer.body) + answer.headers.join('\n')
        for (const [owner, secrets] of seen)
          if (owner !== who && owner !== '')
            for (const secret of secrets)
              t.notOk(told.includes(secret), `${target} tells ${who || 'anyone'} what ${owner} saw: ${answer.because}`)
      }
    t.ok(answers > 10, `seed ${seed}: ${answers} answers`)
  }
})
