// What LMDB takes for whole is not called damaged, and what is not whole is: real files, a real process that is killed while it
// writes, and another one that reads all of what is left, for whoever reads beyond the end of a file is ended by the kernel.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { openWriter } from '../../../core/memory/lmdb.js'
import { checkFile, setAsideDamaged } from '../../../core/memory/memory-file.js'
import { temporaryFolder } from '../../support/proxy.js'
import { seededRandom } from '../../support/random.js'

const PAGE = 4096
const BOUND = { maxBytes: 1 << 30 }
const script = (name: string): string => fileURLToPath(new URL(`../../support/${name}.js`, import.meta.url))
const fileIn = (dir: string): string => join(dir, 'memory.mdb')

const exemplar = (key: string, bytes: number) => ({
  ...{ key, baseKey: key, method: 'GET', path: `/${key}`, query: '', requestBody: Buffer.alloc(0), scope: '' },
  ...{ shared: false, routeId: 'route', status: 200, headers: [], capturedAt: 1, lastSeenAt: 1, seen: 1 },
  ...{ redactions: 0, body: Buffer.alloc(bytes, key) },
})

/** Octets of the file that its newest meta page speaks of. */
function saidLength(file: string): number {
  const octets = readFileSync(file)
  const [a, b] = [0, PAGE].map(at => ({
    transaction: octets.readBigUInt64LE(at + 152),
    pages: Number(octets.readBigUInt64LE(at + 144)) + 1,
  })) as [{ transaction: bigint; pages: number }, { transaction: bigint; pages: number }]
  return (a.transaction > b.transaction ? a : b).pages * PAGE
}

/** In a process of its own: how many exemplars it reads there, or the signal that ended it. */
function readAll(dir: string): number | string {
  const { stdout, signal, stderr } = spawnSync(process.execPath, [script('memory-reader-process'), dir])
  if (signal !== null) return signal
  const count = Number(stdout.toString().trim() || 'NaN')
  return Number.isNaN(count) ? stderr.toString() : count
}

function isWhole(file: string): boolean {
  try {
    checkFile(file)
    return true
  } catch {
    return false
  }
}

async function withFreeTail(kept: number): Promise<string> {
  const dir = join(temporaryFolder(), 'memory')
  const writer = openWriter(dir, BOUND)
  for (let i = 0; i < kept; i++) await writer.batch(() => writer.putExemplar(exemplar(`kept-${i}`, 9000)))
  // Whatever it is that comes and goes in one transaction: learning does so where it takes back what it knew.
  await writer.batch(() => {
    for (let i = 0; i < 300; i++) writer.putExemplar(exemplar(`fleeting-${i}`, 300))
    for (let i = 299; i >= 0; i--) writer.remove(`fleeting-${i}`)
  })
  await writer.close()
  return dir
}

t.test('pages that a transaction took and gave back are missed by nobody', async t => {
  const KEPT = 40
  const dir = await withFreeTail(KEPT)
  const file = fileIn(dir)
  const { size } = statSync(file)
  t.ok(size < saidLength(file), `${size} of ${saidLength(file)} octets are there, and never were more`)
  t.equal(setAsideDamaged(dir, file), undefined)
  t.equal(readAll(dir), KEPT)
  const writer = openWriter(dir, BOUND)
  // The free pages are used again.
  await writer.batch(() => writer.putExemplar(exemplar('big', 2_500_000)))
  t.match(writer.exemplar('big'), { status: 200 })
  await writer.close()
  t.ok(isWhole(file))
  t.equal(readAll(dir), KEPT + 1)
})

t.test('a file that lacks a page in use is damaged, however little of it; one that lacks none is not', async t => {
  const KEPT = 12
  const whole = await withFreeTail(KEPT)
  const pages = statSync(fileIn(whole)).size / PAGE
  let least = pages
  for (let left = pages - 1; left >= 0; left--) {
    const dir = join(temporaryFolder(), 'memory')
    mkdirSync(dir)
    copyFileSync(fileIn(whole), fileIn(dir))
    truncateSync(fileIn(dir), left * PAGE)
    if (left > 0 && isWhole(fileIn(dir))) least = left
    else if (left > 0) t.equal(existsSync(fileIn(dir)), true)
  }
  t.ok(least > KEPT * 2, `${least} of ${pages} pages are in use`)
  const dir = join(temporaryFolder(), 'memory')
  mkdirSync(dir)
  copyFileSync(fileIn(whole), fileIn(dir))
  truncateSync(fileIn(dir), least * PAGE)
  t.equal(readAll(dir), KEPT, 'what is called whole can be read to its end')
  truncateSync(fileIn(dir), (least - 1) * PAGE)
  t.match(setAsideDamaged(dir, fileIn(dir)), /memory\.old-1$/)
})

t.test('pages that are not what the tree takes them for: damaged, and the look has an end', async t => {
  const dir = await withFreeTail(12)
  const octets = readFileSync(fileIn(dir))
  const random = seededRandom(7)
  for (let round = 0; round < 200; round++) {
    const broken = Buffer.from(octets)
    for (let at = 2 * PAGE; at < broken.length; at += PAGE)
      if (random() < 0.2)
        for (let i = 0; i < 40; i++) broken[at + Math.floor(random() * PAGE)] = Math.floor(random() * 256)
    writeFileSync(fileIn(dir), broken)
    // Whatever it says: it neither throws anything else nor goes round in circles.
    isWhole(fileIn(dir))
  }
  const zeros = Buffer.from(octets).fill(0, 2 * PAGE)
  writeFileSync(fileIn(dir), zeros)
  t.notOk(isWhole(fileIn(dir)))
})

t.test('killed at random while it writes: always whole, and all that was committed is there', async t => {
  const dir = join(temporaryFolder(), 'memory')
  const random = seededRandom(3)
  let committed = 0
  let shorter = 0
  for (let round = 0; round < 12; round++) {
    const child = spawn(process.execPath, [script('memory-writer-process'), dir, String(round), String(committed)])
    const wanted = committed + 3 + Math.floor(random() * 12)
    let text = ''
    child.stdout.on('data', chunk => {
      text += chunk
      const last = Number(text.trimEnd().split('\n').at(-1))
      if (last >= wanted) child.kill('SIGKILL')
    })
    await once(child, 'close')
    committed = Number(text.slice(0, text.lastIndexOf('\n')).split('\n').at(-1)) + 1
    if (statSync(fileIn(dir)).size < saidLength(fileIn(dir))) shorter += 1
    t.equal(setAsideDamaged(dir, fileIn(dir)), undefined, `round ${round}`)
    const found = readAll(dir)
    t.ok(typeof found === 'number' && found >= committed, `${found} of ${committed} are there`)
  }
  t.ok(shorter > 0, `${shorter} of 12 times the file was shorter than it said`)
})

t.test(
  'after a power failure LMDB goes by the last transaction that was on the disk, and so does the check',
  async t => {
    const dir = join(temporaryFolder(), 'memory')
    const file = fileIn(dir)
    const first = openWriter(dir, BOUND)
    await first.batch(() => first.putExemplar(exemplar('synced', 9000)))
    await first.close()
    const { size } = statSync(file)
    const second = openWriter(dir, BOUND)
    await second.batch(() => second.putExemplar(exemplar('lost', 500_000)))
    await second.close()
    const octets = readFileSync(file)
    // Of another start of the machine; the newest transaction was not known to be on the disk, and what it appended is not there.
    const metas = [0, PAGE, PAGE / 2]
    for (const at of metas) octets.writeBigInt64LE(0x1234n, at + 160)
    const [a, b] = metas.map(at => octets.readBigUInt64LE(at + 152)) as [bigint, bigint]
    const newest = a > b ? 0 : PAGE
    octets.writeUInt16LE(octets.readUInt16LE(newest + 52) | 0x1000, newest + 52)
    // What was synced is the transaction before.
    octets.copy(octets, PAGE / 2 + 40, (newest === 0 ? PAGE : 0) + 40, (newest === 0 ? PAGE : 0) + 168)
    writeFileSync(file, octets.subarray(0, size))
    t.ok(size < saidLength(file))
    t.equal(setAsideDamaged(dir, file), undefined)
    t.equal(readAll(dir), 1)
    // Had the machine not been started anew it would be damaged: LMDB would go by the newest.
    for (const at of metas) {
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').split('-', 1)[0]!
      octets.writeBigInt64LE(BigInt(`0x${boot}`), at + 160)
    }
    writeFileSync(file, octets.subarray(0, size))
    t.notOk(isWhole(file))
  },
)
