import t from 'tap'
import { readRecorded } from '../../../core/admin/recorded-endpoints.js'

const NOW = 1000
const good = {
  ...{ startedAt: 1, completedAt: 2, method: 'GET', target: '/a?b', status: 200 },
  ...{ requestHeaders: ['accept', 'x'], requestBody: '', headers: [], body: '{}' },
}
const read = (...exchanges: unknown[]) => readRecorded(JSON.stringify({ exchanges }), NOW)

t.test('what is wrong is named, and then nothing is taken', async t => {
  t.same(read(good, { ...good, bodyEncoding: 'base64' }), { exchanges: [good, { ...good, bodyEncoding: 'base64' }] })
  for (const [wrong, field] of [
    [{ startedAt: '1' }, 'startedAt'],
    [{ startedAt: -1 }, 'startedAt'],
    [{ completedAt: NOW + 1 }, 'completedAt'],
    [{ startedAt: 3 }, 'completedAt'],
    [{ method: 'GET /' }, 'method'],
    [{ target: 'a' }, 'target'],
    [{ target: '/a b' }, 'target'],
    [{ target: `/${'a'.repeat(20_000)}` }, 'target'],
    [{ status: 600 }, 'status'],
    [{ status: 200.5 }, 'status'],
    [{ headers: ['a'] }, 'headers'],
    [{ headers: ['a b', 'c'] }, 'headers'],
    [{ requestHeaders: ['a', 'c\nd'] }, 'requestHeaders'],
    [{ requestHeaders: { accept: 'x' } }, 'requestHeaders'],
    [{ body: null }, 'body'],
    [{ requestBody: 1 }, 'requestBody'],
    [{ bodyEncoding: 'gzip' }, 'bodyEncoding'],
  ] as const)
    t.match(read(good, { ...good, ...wrong }), { field: `exchanges[1].${field}` }, JSON.stringify(wrong).slice(0, 60))
  t.match(read(null), { field: 'exchanges[0].startedAt' })
  for (const text of ['', 'null', '[]', '{}', '{"exchanges": {}}', `{"exchanges": [${'0,'.repeat(10_000)}0]}`])
    t.match(readRecorded(text, NOW), { field: 'exchanges' }, text.slice(0, 40))
})
