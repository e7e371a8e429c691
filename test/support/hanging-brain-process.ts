// A brain whose learner hangs in the midst, see preload/hang-brain.ts. Says how it went, as JSON.
import { writeFileSync } from 'node:fs'
import { packExchanges } from '../../core/contract/exchange-wire.js'
import { silentLog } from '../../core/log/log.js'
import { openSmallBrain, userExchange } from './brain.js'

const said: string[] = []
const brain = openSmallBrain(process.argv[2]!, {
  hangMs: 2000,
  log: { ...silentLog, error: (_facts: object, sentence: string) => said.push(sentence) },
})

await brain.start()
brain.learn(packExchanges([userExchange(1)]), 1)
await brain.flush()
writeFileSync(process.env.HANG_FILE!, '')
brain.learn(packExchanges([userExchange(10)]), 1)
while (brain.status().learnerHangs === 0) await new Promise(resolve => setTimeout(resolve, 5))
// In its pause what could be learned is dropped.
while (!brain.learn(packExchanges([userExchange(2)]), 1)) await new Promise(resolve => setTimeout(resolve, 5))
await brain.flush()
process.stdout.write(JSON.stringify({ ...brain.status(), said }))
await brain.close()
process.exit(0)
