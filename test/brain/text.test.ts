import t from 'tap'
import { describeRequest, MAX_TEXT_CHARS } from '../../brain/text.js'
import { seededRandom } from '../support/random.js'

const request = (target: string, more: { method?: string; scope?: string; pattern?: string } = {}) => {
  const [path, query = ''] = target.split(/\?(.*)/s) as [string, string?]
  return describeRequest({ method: 'GET', pattern: path, scope: '', path, query, ...more })
}
const searched = (words: string) => request(`/search?q=${encodeURIComponent(words)}`)

t.test('requests that differ in what names, counts, limits or negates never share a partition', async t => {
  const pairs: [string, string][] = [
    ['/items?min_price=10&q=red+shoes', '/items?max_price=10&q=red+shoes'],
    ['/items?q=red+shoes&status=active', '/items?q=red+shoes&status=inactive'],
    ['/users/7?q=red+shoes', '/users/8?q=red+shoes'],
    ['/items?q=red+shoes&page=1', '/items?q=red+shoes&page=2'],
    ['/items?q=red+shoes&page=1', '/items?q=red+shoes'],
    ['/items?q=red+shoes&tag=a&tag=b', '/items?q=red+shoes&tag=b&tag=a'],
    ['/items?q=red+shoes&price=1.5', '/items?q=red+shoes&price=1.50'],
    ['/items?q=red+shoes&flag', '/items?q=red+shoes&flag='],
    ['/items?q=red+shoes&date=2024-01-01', '/items?q=red+shoes&date=2024-01-02'],
    ['/items?q=red+shoes&mail=a@b.example', '/items?q=red+shoes&mail=a@c.example'],
    ['/items?q=red+shoes&id=%FF', '/items?q=red+shoes&id=%FE'],
    ['/items?q=red+shoes&id=%FF', '/items?q=red+shoes&id=%25FF'],
    ['/items?q=red+shoes&sort=price+asc', '/items?q=red+shoes&sort=price+desc'],
    ['/items?q=red+shoes&fields=id,+name', '/items?q=red+shoes&fields=id,+email'],
    ['/people?name=Paul+John', '/people?name=John+Paul'],
    ['/cities?name=New+York', '/cities?name=New+Orleans'],
    ['/items?q=red&text=shoes', '/items?q=shoes&text=red'],
    ['/items?q=deadbeef01', '/items?q=deadbeef02'],
    ['/items?q=dQw4w9WgXcQ', '/items?q=dqw4w9wgxcq'],
    ['/graph?query={user{name}}', '/graph?query={user{email}}'],
    ['/sql?q=select+name+from+users', '/sql?q=select+email+from+users'],
    ['/items?q=title:red+shoes', '/items?q=body:red+shoes'],
    ['/items?q="big+red+shoes"', '/items?q="big+blue+shoes"'],
    ['/items?q=example.com', '/items?q=example.org'],
  ]
  for (const [one, other] of pairs) t.not(request(one).partition, request(other).partition, `${one} — ${other}`)
  const it = request('/items?q=red+shoes').partition
  t.not(request('/items?q=red+shoes', { method: 'POST' }).partition, it)
  t.not(request('/items?q=red+shoes', { scope: 'somebody' }).partition, it)
  t.not(request('/items?q=red+shoes', { pattern: '/{id}' }).partition, it)
  t.not(request('/things?q=red+shoes').partition, it)
})

t.test('searches that mean the opposite or count otherwise never share a partition', async t => {
  const pairs: [string, string][] = [
    ['shoes not red', 'red shoes'],
    ['shoes not red', 'red not shoes'],
    ["shoes that aren't red", 'shoes that are red'],
    ['shoes that dont fit', 'shoes that fit'],
    ['shoes that aren\u2019t red', 'shoes that are red'],
    ['non-stick pan', 'stick pan'],
    ['shoes -red', 'shoes red'],
    ['shoes -red', 'red -shoes'],
    ['laptop under 50', 'laptop over 50'],
    ['laptop under 50', 'laptop under 60'],
    ['more than 3 less than 5', 'more than 5 less than 3'],
    ['movies before 2020', 'movies after 2020'],
    ['three bedroom flat', 'two bedroom flat'],
    ['cheapest laptop', 'most expensive laptop'],
    ['flights from paris to london', 'flights from london to paris'],
    ['coffee with sugar', 'coffee without sugar'],
    ['rocky ii', 'rocky iii'],
    ['vitamin c', 'vitamin d'],
    ['events in june', 'events in july'],
    ['open issues', 'closed issues'],
    ['price $50', 'price €50'],
    ['iphone 15 case', 'iphone 14 case'],
    ['c++ jobs', 'c# jobs'],
    ['feliz año', 'feliz ano'],
    ['red shoes 鞋', 'red shoes 帽'],
    ['Schuhe ohne Leder', 'Schuhe Leder'],
    ['red\u0000 shoes', 'red shoes'],
    ['cats or dogs', 'cats dogs'],
  ]
  for (const [one, other] of pairs)
    t.not(searched(one).partition, searched(other).partition, JSON.stringify([one, other]))
})

t.test('the same search in another order, case, spacing or coding shares the partition', async t => {
  const same = [
    [
      '/s?q=red+running+shoes',
      '/s?q=running+shoes+red',
      '/s?q=RED%20Running%20%20shoes',
      '/s?q=%72ed+running+shoes',
      '/s?q=+red+running+shoes,',
    ],
    ['/s?q=shoes+not+red', '/s?q=Not+red+shoes', '/s?q=not+a+red+shoe'],
    ['/s?q=laptop+under+50', '/s?q=under+50+laptop'],
    ['/s?q=new+york+pizza&page=1', '/s?page=1&q=pizza+New+York'],
    ['/s?q=how+to+cook+rice', '/s?q=how+to+boil+rice'],
    ['/s?q=red', '/s?q=crimson'],
    ['/s?city=New+York', '/s?city=new%20%20york'],
    // NFD and NFC
    ['/s?q=caf%C3%A9+paris', '/s?q=cafe%CC%81+paris', '/s?q=Paris+CAF%C3%89'],
  ]
  for (const targets of same) {
    const [first, ...others] = targets.map(target => request(target))
    for (const other of others) t.equal(other.partition, first!.partition, targets.join(' — '))
    t.ok(first!.freeText)
  }
})

t.test('only what a person typed is free text', async t => {
  t.match(request('/movies?q=Space+%20Travel!&page=2'), { text: 'space travel!', freeText: true })
  t.match(request('/movies?search_text=shoes'), { text: 'shoes', freeText: true })
  t.match(request('/movies?director=Jane+Doe'), { text: 'jane doe', freeText: true })
  for (const target of [
    '/movies',
    '/movies?',
    '/movies?&&',
    '/movies/red-shoes',
    '/movies?status=active',
    '/movies?q=42',
    '/movies?q=',
    '/movies?q',
    '/movies?q=%20',
  ]) {
    t.match(request(target), { text: '', freeText: false }, target)
  }
})

t.test('what is cut off the text must agree, and a huge query must agree as a whole', async t => {
  const long = 'word '.repeat(MAX_TEXT_CHARS / 4)
  t.equal(searched(long).text.length, MAX_TEXT_CHARS)
  t.not(searched(`${long}cat`).partition, searched(`${long}dog`).partition)
  t.equal(
    searched('x'.repeat(MAX_TEXT_CHARS - 1) + '\u{1f600}'.repeat(9)).text.length,
    MAX_TEXT_CHARS - 1,
    'no half of a pair',
  )
  const huge = `q=${'word+'.repeat(100_000)}`
  t.match(request(`/s?${huge}`), { text: '', freeText: false })
  t.not(request(`/s?${huge}`).partition, request(`/s?${huge}x`).partition)
})

t.test('never throws, and says the same twice, whatever comes', async t => {
  const random = seededRandom(1)
  const pieces = [
    '%',
    '%2',
    '%zz',
    '%C3',
    '%00',
    '+',
    '&',
    '=',
    'q=',
    'text',
    '\ud800',
    '\udfff',
    '\u0000',
    '\u{1f600}',
    'not ',
    ' ',
    '-',
    "'",
    '{',
    '"',
    '7',
    'ß',
    'İ',
    '\u0301',
    '....',
    '[]',
    '__proto__',
  ]
  for (let i = 0; i < 3000; i++) {
    let query = ''
    for (let k = random() * 30; k > 0; k--)
      query += random() < 0.8 ? pieces[Math.floor(random() * pieces.length)]! : String.fromCharCode(random() * 65536)
    const parts = { method: 'GET', pattern: '/{id}', path: `/${query}`, query, scope: '' }
    const said = describeRequest(parts)
    if (
      said.text.length > MAX_TEXT_CHARS ||
      /\p{Cs}/u.test(said.text) ||
      said.partition !== describeRequest(parts).partition
    )
      t.fail(JSON.stringify(query))
  }
  t.pass('3000 queries')
})

t.test('takes time in proportion to its input', async t => {
  // Each would take minutes where an expression backtracks; tap's own time-out is the judge.
  for (const unit of ['.', "a'", 'a-', 'a.', '%20', 'not ', '\u0301', 'ﷺ', '&'])
    t.ok(request(`/s?q=${unit.repeat(8000 / unit.length)}x`).partition)
})
