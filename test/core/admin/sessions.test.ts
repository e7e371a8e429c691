import t from 'tap'
import { Sessions, sessionCookie, sessionCookieName, sessionIn } from '../../../core/admin/sessions.js'

t.test('a session lasts for twelve hours, or until it is ended', async t => {
  let now = 0
  const sessions = new Sessions(() => now)
  const id = sessions.begin('view')
  t.match(id, /^[\w-]{43}$/)
  t.equal(sessions.roleOf(id), 'view')
  t.equal(sessions.roleOf(''), undefined)
  t.equal(sessions.roleOf(`${id}x`), undefined)
  const other = sessions.begin('operate')
  t.not(other, id)
  sessions.end(other)
  t.equal(sessions.roleOf(other), undefined)
  now = 12 * 3_600_000 - 1
  t.equal(sessions.roleOf(id), 'view')
  now += 1
  t.equal(sessions.roleOf(id), undefined)
})

t.test('there are not more than 256; the oldest goes', async t => {
  const sessions = new Sessions(() => 0)
  const ids = Array.from({ length: 257 }, () => sessions.begin('view'))
  t.equal(sessions.roleOf(ids[0]!), undefined)
  t.equal(sessions.roleOf(ids[1]!), 'view')
  t.equal(sessions.roleOf(ids[256]!), 'view')
})

t.test('cookies know no ports: two proxies on one machine have their own', async t => {
  t.equal(sessionCookieName('localhost:9090'), 'chaos-proxy-9090')
  t.equal(sessionCookieName('[::1]:9091'), 'chaos-proxy-9091')
  t.equal(sessionCookieName('admin.example'), 'chaos-proxy-default')
  t.equal(sessionCookieName('x:1\r\nset-cookie: a=b'), 'chaos-proxy-default')
  t.equal(sessionCookieName(undefined), 'chaos-proxy-default')
  t.equal(sessionIn('a=b; chaos-proxy-9090=one;chaos-proxy-9091=two', 'localhost:9091'), 'two')
  t.equal(sessionIn('chaos-proxy-9090=one', 'localhost:9091'), '')
  t.equal(sessionIn(undefined, 'localhost:9091'), '')
})

t.test('no script reads the cookie, and no other site has it sent', async t => {
  t.equal(
    sessionCookie('abc', 'localhost:9090'),
    'chaos-proxy-9090=abc; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict',
  )
  t.match(sessionCookie('', 'localhost:9090'), /^chaos-proxy-9090=; .*Max-Age=0/)
})
