// Reads every exemplar of a memory, body and all, and tells how many there are.
import { openWriter } from '../../core/memory/lmdb.js'

const [, , dir] = process.argv as [string, string, string]
const writer = openWriter(dir, { maxBytes: 1 << 30 })
let count = 0
let octets = 0
for (const row of writer.rows()) {
  if (row.table !== 'exemplars' || 'gone' in row.stored) continue
  count += 1
  for (const octet of row.stored.body) octets += octet
}
if (octets < 0) throw new Error('octets are not negative')
process.stdout.write(`${count}\n`)
await writer.close()
