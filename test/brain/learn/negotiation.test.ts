// By which fields the answers of a route are told apart, though no Vary says so.
import t from 'tap'
import { Negotiation, type SavedNegotiation, type SeenForm } from '../../../brain/learn/negotiation.js'

const skeletonOf = (body: string): string => body.replace(/[a-z]{2,}/g, '')

class Listener {
  negotiation = new Negotiation()
  writtenAt = 0
  #now = 1_000_000

  hear(
    question: string,
    {
      accept = '*/*',
      language = '',
      type = 'application/json',
      said = '',
      status = 200,
      vary = [],
    }: { accept?: string; language?: string; type?: string; said?: string; status?: number; vary?: string[] },
    body: string,
  ) {
    this.#now += 1000
    const seen: SeenForm = {
      accept,
      acceptLanguage: language,
      status,
      type,
      language: said,
      hash: body,
      skeleton: skeletonOf(body),
      mask: undefined,
      startedAt: this.#now,
      completedAt: this.#now + 5,
    }
    const renamed = this.negotiation.observe('r', question, {
      vary,
      accept,
      by: `${accept} ${language}`,
      status,
      type,
      writtenAt: this.writtenAt,
      seen: () => seen,
      before: () => this.#last.get(question),
    })
    this.#last.set(question, seen)
    return renamed
  }

  /** As memory keeps them. */
  readonly #last = new Map<string, SeenForm>()

  keep(question: string, form: Partial<SeenForm>): void {
    this.#now += 1000
    this.#last.set(question, {
      ...{ accept: '*/*', acceptLanguage: '', status: 200, type: 'application/json', language: '', hash: '' },
      ...{ mask: undefined, skeleton: skeletonOf(form.hash ?? ''), startedAt: this.#now, completedAt: this.#now + 5 },
      ...form,
    })
  }

  write(): void {
    this.#now += 1000
    this.writtenAt = this.#now
  }

  get fields(): string[] {
    return [...this.negotiation.fieldsOf('r')]
  }

  of(question: string): string[] {
    return [...this.negotiation.fieldsOfQuestion(question)]
  }
}

t.test('another media type for another Accept: all of the route is told apart by it, at once', async t => {
  const listener = new Listener()
  t.equal(listener.hear('/a', { accept: 'application/json' }, '{}'), 'nothing')
  listener.keep('/a', { accept: 'application/json', hash: '{}' })
  t.equal(listener.hear('/a', { accept: 'text/html', type: 'text/html' }, '<a>'), 'route')
  t.same(listener.fields, ['accept'])
  t.same(listener.negotiation.offeredBy('r'), { types: ['application/json', 'text/html'] })
  listener.hear('/b', { accept: '*/*' }, '{}')
  t.match(listener.negotiation.offeredBy('r'), { byDefault: 'application/json' })
  const again = new Negotiation(JSON.parse(JSON.stringify(listener.negotiation)) as SavedNegotiation)
  t.same(again.offeredBy('r'), listener.negotiation.offeredBy('r'), 'kept between runs')
})

t.test('that such a form is not to be had is about Accept', async t => {
  const listener = new Listener()
  listener.keep('/a', { accept: 'application/json', hash: '{}' })
  listener.hear('/b', { accept: 'application/json' }, '{}')
  t.equal(listener.hear('/a', { accept: 'application/xml', status: 406, type: '' }, ''), 'route')
})

t.test('the same Accept with another type proves nothing', async t => {
  const listener = new Listener()
  listener.hear('/x', { accept: 'text/css' }, '')
  listener.hear('/a', { accept: 'application/json' }, '{}')
  t.equal(listener.hear('/a', { accept: 'application/json', type: 'text/html' }, '<a>'), 'nothing')
})

t.test('another language by Content-Language, or by an answer that comes back', async t => {
  const said = new Listener()
  said.keep('/a', { acceptLanguage: 'en', language: 'en', hash: 'hello' })
  said.hear('/b', { language: 'en', said: 'en' }, 'hello')
  t.equal(said.hear('/a', { language: 'de', said: 'de' }, 'hallo'), 'route')
  t.same(said.fields, ['accept-language'])

  const back = new Listener()
  back.keep('/a', { acceptLanguage: 'en', hash: 'hello' })
  back.hear('/b', { language: 'en' }, 'hello')
  t.equal(back.hear('/a', { language: 'de' }, 'hallo'), 'question', 'it may be: this question is told apart')
  t.same(back.of('/a'), ['accept-language'])
  t.same(back.fields, [])
  t.equal(back.hear('/a', { language: 'en' }, 'hello'), 'route', 'it is')
})

t.test('three questions that differ, and none that came to be the same, are enough', async t => {
  const listener = new Listener()
  for (const question of ['/a', '/b', '/c']) {
    listener.hear(question, { language: 'en' }, `hello ${question}`)
    listener.keep(question, { acceptLanguage: 'en', hash: `hello ${question}` })
  }
  for (const question of ['/a', '/b'])
    t.equal(listener.hear(question, { language: 'de' }, `hallo ${question}`), 'question')
  t.equal(listener.hear('/c', { language: 'de' }, 'hallo /c'), 'route')
})

t.test('data that changed is data: one and the same for all that ask', async t => {
  const listener = new Listener()
  listener.hear('/x', { language: 'fr' }, '')
  listener.hear('/a', { language: 'en' }, '1')
  t.equal(listener.hear('/a', { language: 'de' }, '2'), 'nothing', 'no other words')
  t.equal(listener.hear('/w', { language: 'en' }, 'open'), 'nothing')
  t.equal(listener.hear('/w', { language: 'de' }, 'shut'), 'question', 'in doubt told apart')
  t.equal(listener.hear('/w', { language: 'en' }, 'shut'), 'question', 'and together again')
  t.same(listener.of('/w'), [])
  for (let i = 3; i < 20; i++) {
    listener.hear('/a', { language: 'en' }, `${i}`)
    listener.hear('/a', { language: 'de' }, `${i}`)
  }
  listener.hear('/b', { language: 'en' }, 'before')
  listener.write()
  t.equal(listener.hear('/b', { language: 'de' }, 'after'), 'nothing', 'a write explains it')
  t.same(listener.fields, [])
})

t.test('another Accept with another answer of the same type must come back to be believed', async t => {
  const listener = new Listener()
  listener.hear('/b', { accept: 'application/vnd.x.v2+json' }, '{"v":2}')
  t.equal(listener.hear('/a', { accept: 'application/vnd.x.v1+json' }, '{"v":1}'), 'nothing')
  t.equal(listener.hear('/a', { accept: 'application/vnd.x.v2+json' }, '{"v":2}'), 'nothing', 'data may have changed')
  t.equal(listener.hear('/a', { accept: 'application/vnd.x.v1+json' }, '{"v":1}'), 'route')
  t.same(listener.fields, ['accept'])
})

t.test('or differ on three questions, and be equal on none', async t => {
  const [v1, v2] = [{ accept: 'application/vnd.x.v1+json' }, { accept: 'application/vnd.x.v2+json' }]
  const versions = new Listener()
  const changing = new Listener()
  for (const question of ['/a', '/b', '/c']) {
    versions.hear(question, v1, '{"v":1}')
    changing.hear(question, v1, '{"v":1}')
  }
  changing.hear('/d', v1, '{"v":1}')
  changing.hear('/d', v2, '{"v":1}')
  for (const question of ['/a', '/b']) t.equal(versions.hear(question, v2, '{"v":2}'), 'nothing')
  t.equal(versions.hear('/c', v2, '{"v":2}'), 'route')
  t.same([...versions.negotiation.differsBy('r')], ['accept'])
  for (const question of ['/a', '/b', '/c']) t.equal(changing.hear(question, v2, '{"v":2}'), 'nothing')
})

t.test('what Vary says holds for all of the route, and other fields are not taken for forms', async t => {
  const listener = new Listener()
  t.equal(listener.hear('/a', { vary: ['accept-language', 'origin'] }, ''), 'route')
  t.same(listener.fields, ['accept-language'])
})
