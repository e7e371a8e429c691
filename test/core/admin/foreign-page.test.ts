import t from 'tap'
import { isForeignPage, isOwnPage } from '../../../core/admin/foreign-page.js'

const host = 'localhost:9090'

t.test('what is no browser, and our own page, are let through', async t => {
  t.notOk(isForeignPage({ host }, 'POST'), 'curl')
  t.notOk(isForeignPage({ host, origin: 'http://localhost:9090' }, 'POST'))
  t.notOk(isForeignPage({ host, 'sec-fetch-site': 'same-origin' }, 'POST'))
  t.notOk(isForeignPage({ host, 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }, 'GET'))
  t.notOk(isForeignPage({ host: 'admin.example', origin: 'https://admin.example' }, 'PUT'), 'TLS ends before us')
  t.notOk(isForeignPage({ host: 'admin.example:443', origin: 'https://admin.example' }, 'PUT'))
  t.notOk(
    isForeignPage({ host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 'GET'),
    'a link in a chat',
  )
})

t.test('pages of other origins are not, another port of this machine among them', async t => {
  for (const origin of ['http://evil.example', 'null', 'http://localhost:3000', 'http://localhost', 'file://', ''])
    for (const method of ['GET', 'POST']) t.ok(isForeignPage({ host, origin }, method), `${method} ${origin}`)
  t.ok(isForeignPage({ host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 'GET'))
  t.ok(isForeignPage({ host, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }, 'GET'))
  t.ok(isForeignPage({ host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 'POST'), 'a form')
})

t.test('only what says so is a page of ours', async t => {
  t.ok(isOwnPage({ host, origin: 'http://localhost:9090' }))
  t.notOk(isOwnPage({ host }))
  t.notOk(isOwnPage({ host, origin: 'http://localhost:3000' }))
  t.notOk(isOwnPage({ origin: 'http://undefined' }))
})
