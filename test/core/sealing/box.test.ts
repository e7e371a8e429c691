import { createDecipheriv, hkdfSync } from 'node:crypto'
import t from 'tap'
import { isSealed, keyIdOf, SEALED_BYTES, SealedError, SealingBox } from '../../../core/sealing/box.js'
import { keysOf } from './keys.js'

const box = new SealingBox(keysOf('memory', 'one'))
const said = Buffer.from('what nobody is to read')

t.test('what is sealed is opened again, and says nothing', async t => {
  for (const octets of [said, Buffer.alloc(0), Buffer.alloc(1 << 20, 'x')]) {
    const sealed = box.seal(octets, 'here')
    t.equal(sealed.length, octets.length + SEALED_BYTES)
    t.ok(isSealed(sealed))
    t.equal(keyIdOf(sealed), box.keyId)
    t.ok(box.isCurrent(sealed))
    t.ok(box.open(sealed, 'here').equals(octets))
  }
  t.notOk(box.seal(said, 'here').includes('nobody'))
  t.notOk(box.seal(said, 'here').equals(box.seal(said, 'here')))
})

t.test('it is AES-256-GCM, as anybody can open it who has the key', async t => {
  const [key] = keysOf('memory', 'one')
  const sealed = box.seal(said, 'here')
  const ofRecord = Buffer.from(hkdfSync('sha256', key!.secret, sealed.subarray(5, 13), 'chaos-proxy record', 32))
  const decipher = createDecipheriv('aes-256-gcm', ofRecord, sealed.subarray(13, 25)).setAAD(Buffer.from('here'))
  decipher.setAuthTag(sealed.subarray(-16))
  t.ok(Buffer.concat([decipher.update(sealed.subarray(25, -16)), decipher.final()]).equals(said))
})

t.test('each octet that is changed is found out, and so is another place', async t => {
  const sealed = box.seal(said, 'here')
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed[at] = changed[at]! ^ 1
    t.throws(() => box.open(changed, 'here'), SealedError, `octet ${at}`)
  }
  t.throws(() => box.open(sealed, 'there'), { code: 'not-authentic' })
  t.throws(() => box.open(sealed.subarray(0, -1), 'here'), { code: 'not-authentic' })
  t.throws(() => box.open(said, 'here'), { code: 'not-authentic' })
})

t.test('keys: the first one seals, all open, others are named', async t => {
  const old = new SealingBox(keysOf('memory', 'old'))
  const both = new SealingBox(keysOf('memory', 'new', 'old'))
  const sealed = old.seal(said, 'here')
  t.ok(both.open(sealed, 'here').equals(said))
  t.notOk(both.isCurrent(sealed))
  t.ok(new SealingBox(keysOf('memory', 'new')).open(both.seal(said, 'here'), 'here').equals(said))
  const name = keyIdOf(sealed).toString(16).padStart(8, '0')
  t.throws(() => box.open(sealed, 'here'), { code: 'unknown-key', message: new RegExp(name) })
  t.throws(() => new SealingBox(keysOf('journal', 'old')).open(sealed, 'here'), { code: 'not-authentic' })
})

t.test('the same is sealed to the same where it is asked for, and only for the same place and key', async t => {
  const sealed = box.sealSame(said, 'target')
  t.ok(box.sealSame(Buffer.from(said), 'target').equals(sealed))
  t.ok(box.open(sealed, 'target').equals(said))
  t.notOk(box.sealSame(said, 'body').equals(sealed))
  t.notOk(
    box.sealSame(Buffer.from('another'), 'target').subarray(0, 25).equals(sealed.subarray(0, 25)),
    'another nonce',
  )
  const both = new SealingBox(keysOf('memory', 'new', 'one'))
  t.same(
    both.sealSameWithEach(said, 'target').map(one => one.equals(sealed)),
    [false, true],
  )
})

t.test('names are hashed with a key', async t => {
  t.equal(box.nameOf('GET /users/7'), box.nameOf('GET /users/7'))
  t.not(box.nameOf('GET /users/7'), box.nameOf('GET /users/8'))
  t.not(box.nameOf('GET /users/7'), new SealingBox(keysOf('memory', 'two')).nameOf('GET /users/7'))
  t.match(box.nameOf(''), /^[\w-]{22}$/)
})
