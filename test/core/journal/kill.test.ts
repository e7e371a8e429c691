// A real process, a real disk, a real SIGKILL: at steps by chance, again and again on the same folder.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { crashJournals } from '../../../scripts/chaos/crash-points/crash-points.js'
import { temporaryFolder } from '../../support/proxy.js'
import { seededRandom } from '../../support/random.js'

const FOLDERS = 3
const LIVES = 8

for (const sealed of [false, true])
  t.test(
    `SIGKILL at any step${sealed ? ', encrypted' : ''}: what was acknowledged is done, nothing is done twice, order is kept`,
    async t => {
      const folders = Array.from({ length: FOLDERS }, temporaryFolder)
      const random = seededRandom(7)
      const outcome = await crashJournals({ folders, lives: LIVES, random, sealed }, temporaryFolder())
      const { steps, crashes, acknowledged, lost, doubled, disordered, misnamed } = outcome
      t.ok(steps > 50, `${steps} steps`)
      t.ok(crashes > FOLDERS * LIVES * 0.6, `${crashes} were killed`)
      t.ok(acknowledged > 10 * FOLDERS, `${acknowledged} were acknowledged`)
      t.strictSame(lost, [], 'nothing is lost')
      t.strictSame(doubled, [], 'nothing is done twice')
      t.strictSame(disordered, [], 'in the order in which they were acknowledged')
      t.strictSame(misnamed, [], 'what builds on something names it as it is named now')
      const written = folders.flatMap(folder => readdirSync(folder).map(name => readFileSync(join(folder, name))))
      t.equal(
        written.some(octets => octets.includes('"target"')),
        !sealed,
        'what is written is to be read on the disk where it is not encrypted, and only there',
      )
    },
  )
