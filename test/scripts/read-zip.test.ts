import { deflateRawSync } from 'node:zlib'
import t from 'tap'
import { readZipEntry } from '../../scripts/read-zip.js'

/** A zip archive as jar writes it: directory entries without an extra field, local headers with one. */
function zipOf(files: Record<string, { content: Buffer; stored?: boolean }>, comment = ''): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const [name, { content, stored = false }] of Object.entries(files)) {
    const packed = stored ? content : deflateRawSync(content)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50)
    local.writeUInt16LE(name.length, 26)
    local.writeUInt16LE(4, 28)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50)
    entry.writeUInt16LE(stored ? 0 : 8, 10)
    entry.writeUInt32LE(packed.length, 20)
    entry.writeUInt32LE(content.length, 24)
    entry.writeUInt16LE(name.length, 28)
    entry.writeUInt32LE(at, 42)
    locals.push(local, Buffer.from(name), Buffer.alloc(4), packed)
    directory.push(entry, Buffer.from(name))
    at += 34 + name.length + packed.length
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt16LE(Object.keys(files).length, 10)
  end.writeUInt32LE(at, 16)
  end.writeUInt16LE(comment.length, 20)
  return Buffer.concat([...locals, ...directory, end, Buffer.from(comment)])
}

const content = Buffer.from('all the words '.repeat(100))

t.test('reads packed and stored files of an archive with a comment', async t => {
  const zip = zipOf(
    {
      'a/one.txt': { content },
      'two.txt': { content: Buffer.from('2'), stored: true },
      empty: { content: Buffer.alloc(0) },
    },
    'a comment',
  )
  t.same(readZipEntry(zip, 'a/one.txt', 10_000), content)
  t.equal(readZipEntry(zip, 'two.txt', 10_000)?.toString(), '2')
  t.equal(readZipEntry(zip, 'empty', 10_000)?.length, 0)
  t.equal(readZipEntry(zip, 'one.txt', 10_000), undefined)
})

t.test('a damaged archive is an error that says so, never a wrong file', async t => {
  const zip = zipOf({ file: { content } })
  t.throws(() => readZipEntry(zip, 'file', 10), /more than 10/)
  t.throws(() => readZipEntry(Buffer.from('no archive at all, but long enough'), 'file', 10_000), /damaged/)
  t.throws(() => readZipEntry(Buffer.alloc(0), 'file', 10_000), /damaged/)
  for (let at = 0; at < zip.length; at++) {
    const broken = Buffer.from(zip)
    broken[at]! ^= 0xff
    try {
      const read = readZipEntry(broken, 'file', 10_000)
      if (read !== undefined && read.length !== broken.readUInt32LE(zip.lastIndexOf('PK\u0001\u0002') + 24))
        t.fail(`byte ${at}: a file of another length`)
    } catch (error) {
      if (!/^the archive is damaged/.test((error as Error).message)) t.fail(`byte ${at}: ${error}`)
    }
    if (at > 0) t.throws(() => readZipEntry(zip.subarray(0, at), 'file', 10_000), /damaged/)
  }
})
