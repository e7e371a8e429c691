import t from 'tap'
import { AnswerReader } from '../../../bench/peers/answer-reader.js'

const answer = (status: number, body: string): string =>
  `HTTP/1.1 ${status} Whatever\r\nX-A: b\r\ncontent-length: ${body.length}\r\n\r\n${body}`

t.test('an answer is complete with its last octet, wherever it is cut', async t => {
  const whole = answer(200, 'hello')
  for (let cut = 1; cut < whole.length; cut++) {
    const reader = new AnswerReader()
    t.equal(reader.read(Buffer.from(whole.slice(0, cut))), 0, `cut at ${cut}`)
    t.equal(reader.read(Buffer.from(whole.slice(cut))), 200, `cut at ${cut}`)
    t.equal(reader.read(Buffer.from(answer(404, ''))), 404, 'the next one')
  }
})

t.test('what it cannot measure is an error', async t => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
  t.throws(() => new AnswerReader().read(Buffer.from(chunked)), /without status or Content-Length/)
  t.throws(() => new AnswerReader().read(Buffer.from(`${answer(200, 'a')}b`)), /1 octets after the end/)
})
