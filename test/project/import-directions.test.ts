import t from 'tap'
import { owners, problemsOf } from './import-rules.js'
import { readText, sourcesBelow } from './repository.js'

t.test('the sources keep the directions of ARCHITECTURE.md', async t => {
  const sources = sourcesBelow(['core', 'brain', 'bench', 'scripts', 'dashboard'])
  t.ok(sources.length > 50, 'the sources were found')
  t.same(problemsOf(sources), [])
})

t.test('no file of a test is a drawer either', async t => {
  const names = sourcesBelow(['test']).map(({ path }) => ({ path, text: '' }))
  t.same(problemsOf(names), [])
})

t.test('every package that is used at run time has an owner file that exists', async t => {
  const manifest = JSON.parse(readText('package.json')) as Record<string, Record<string, string>>
  const used = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })
  t.same(
    used.filter(name => owners[name] === undefined),
    [],
  )
  for (const name of used)
    t.match(readText(owners[name]![0]!), new RegExp(`'${name}['/]`), `${owners[name]![0]} knows ${name}`)
})

t.test('what the check finds', async t => {
  const check = (path: string, text: string): string[] => problemsOf([{ path, text: `// thread: any\n${text}` }])
  const bad: [path: string, text: string][] = [
    ['core/contract/a.ts', "import type { B } from '../health/b.js'"],
    ['core/contract/a.ts', "export * from '../log/log.js'"],
    ['core/health/a.ts', "import { b } from '../ghost/b.js'"],
    ['core/health/a.ts', "import type { B } from '../ghost/b.js'"],
    ['core/http1/a.ts', "import { b } from '../upstream/b.js'"],
    ['core/record/a.ts', "const b = await import('../ghost/b.js')"],
    ['core/record/a.ts', "type B = import('../ghost/b.js').B"],
    ['core/log/a.ts', "import { b } from '../health/b.js'"],
    ['core/proxy/decide.ts', "import { b } from '../ghost/b.js'"],
    ['core/ghost/a.ts', "import { b } from '../../brain/text.js'"],
    ['core/ghost/a.ts', "import { b } from '../start.js'"],
    ['core/ghost/a.ts', "import { b } from '../start/b.js'"],
    ['core/start/utils.ts', ''],
    ['brain/learn/a.ts', "import { b } from '../../core/ghost/b.js'"],
    ['brain/pool.ts', "import { b } from '../core/log/log.js'"],
    ['brain/pool.ts', "import { b } from './learner.worker.js'"],
    ['core/main.ts', "import '../test/support/proxy.js'"],
    ['core/edge.worker.ts', "import { b } from '../scripts/demo.js'"],
    ['bench/run.ts', "import { b } from '../scripts/demo.js'"],
    ['dashboard/src/a.tsx', "import { tiers } from '../../core/contract/ghost.js'"],
    ['dashboard/src/a.tsx', "import type { B } from '../../core/log/log.js'"],
    ['dashboard/src/a.tsx', "import uPlot from 'uplot'"],
    ['core/admin/a.ts', "import { a } from '../../dashboard/src/a.js'"],
    ['core/admin/a.ts', "import { useState } from 'react'"],
    ['core/ghost/a.ts', "import { z } from 'zod'"],
    ['core/ghost/a.ts', "import { request } from 'undici'"],
    ['brain/index/a.ts', "const { open } = require('lmdb')"],
    ['brain/index/a.ts', "createRequire(import.meta.url)('hnswlib-node')"],
    ['brain/index/a.ts', "import { env } from '@huggingface/transformers/x'"],
    ['core/ghost/utils.ts', ''],
    ['core/helpers/a.ts', ''],
    ['core/health/circuit-manager.ts', ''],
  ]
  for (const [path, text] of bad) t.equal(check(path, text).length, 1, `${path}: ${text}`)
  t.equal(problemsOf([{ path: 'core/health/a.ts', text: '// The circuit.\n// thread: main\n' }]).length, 1, 'line 1')

  const good: [path: string, text: string][] = [
    ['core/contract/a.ts', "import type { B } from './b.js'"],
    [
      'core/health/a.ts',
      "import type { B } from '../contract/b.js'\nimport { c } from '../clock/clock.js'\nimport 'node:fs'",
    ],
    ['core/upstream/a.ts', "import { b } from '../http1/b.js'"],
    ['core/proxy/edge.ts', "import type { B } from '../ghost/b.js'\nimport { type C, type D } from '../health/c.js'"],
    ['core/proxy/lifecycle.ts', "import { b } from '../ghost/b.js'"],
    ['core/edge.worker.ts', "import { b } from './ghost/b.js'"],
    ['core/start/a.ts', "import { b } from '../ghost/b.js'\nimport { c } from '../../brain/c.js'"],
    ['brain/learner.worker.ts', "import { b } from '../core/memory/lmdb.js'"],
    ['brain/pool.ts', "import type { B } from './learner.worker.js'\nimport type { C } from '../core/contract/c.js'"],
    ['core/log/log.ts', "import { pino } from 'pino'"],
    ['core/ghost/answer.ts', "// import { z } from 'zod'\nconst text = \"import 'zod'\""],
  ]
  for (const [path, text] of good) t.same(check(path, text), [], `${path}: ${text}`)
  t.same(problemsOf([{ path: 'core/main.ts', text: '#!/usr/bin/env node\n// thread: main\n' }]), [])
})
