// Writes to a memory until it is killed: answers that stay, and many that come and go in one transaction. Tells what is committed,
// one number a line.
import { openWriter } from '../../core/memory/lmdb.js'
import { seededRandom } from './random.js'

const [, , dir, seed, first] = process.argv as [string, string, string, string, string]
const random = seededRandom(Number(seed))
const writer = openWriter(dir, { maxBytes: 1 << 30 })

function put(key: string, bytes: number): void {
  writer.putExemplar({
    ...{ key, baseKey: key, method: 'GET', path: `/${key}`, query: '', requestBody: Buffer.alloc(0), scope: '' },
    ...{ shared: false, routeId: 'route', status: 200, headers: [], capturedAt: 1, lastSeenAt: 1, seen: 1 },
    ...{ redactions: 0, body: Buffer.alloc(bytes, key) },
  })
}

for (let i = Number(first); ; i++) {
  await writer.batch(() => {
    put(`kept-${i}`, Math.floor(random() * 20_000))
    if (random() < 0.3) return
    const fleeting = Math.floor(random() * 400)
    for (let n = 0; n < fleeting; n++) put(`fleeting-${n}`, 300)
    for (let n = fleeting - 1; n >= 0; n--) writer.remove(`fleeting-${n}`)
  })
  process.stdout.write(`${i}\n`)
}
