#!/usr/bin/env node
// The runner's hook between the training and the kill: `settle-process.js ADMIN_URL FILE` writes what was found to FILE.
import { writeFileSync } from 'node:fs'
import { settle } from './settle.js'

const [adminUrl, file] = process.argv.slice(2) as [string, string]
try {
  writeFileSync(file, JSON.stringify(await settle(adminUrl)))
} catch (error) {
  process.stderr.write(`settle: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
