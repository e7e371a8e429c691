import { cp, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import { missingModelFiles, modelFiles, modelFolder } from '../../brain/model-files.js'
import { fetchModel, type ModelSource } from '../../scripts/fetch-model.js'

const madeDir = process.env.CHAOS_MODEL_DIR ?? ''
const skip =
  madeDir === '' || (await missingModelFiles(madeDir)).length > 0
    ? 'CHAOS_MODEL_DIR does not point to the model'
    : false

const unreachable: ModelSource = {
  name: 'nowhere',
  fetch: async () => Promise.reject(new Error('fetch failed', { cause: new Error('no route') })),
}
const garbage: ModelSource = { name: 'garbage', fetch: dir => layOut(dir, '{}') }
const copy: ModelSource = { name: 'a copy', fetch: dir => cp(madeDir, dir, { recursive: true }) }

async function layOut(modelDir: string, content: string): Promise<void> {
  for (const file of modelFiles) {
    await mkdir(dirname(join(modelFolder(modelDir), file)), { recursive: true })
    await writeFile(join(modelFolder(modelDir), file), content)
  }
}

t.test('where no source has a working model it says of each why, and leaves nothing behind', async t => {
  const modelDir = t.testdir({})
  const log: string[] = []
  const fetched = await fetchModel({ modelDir, log: sentence => log.push(sentence), sources: [unreachable, garbage] })
  t.match(fetched, {
    ok: false,
    from: '',
    reason: /nowhere: fetch failed \(no route\); garbage: .*does not load.*CHAOS_MODEL_DIR/,
  })
  t.match(log, ['asking nowhere for the model', /no route/, 'asking garbage for the model', /garbage/])
  t.same(await readdir(modelDir), [])
})

t.test('what a killed fetch left behind is swept away, what a running one needs is not', async t => {
  const modelDir = t.testdir({ '.fetching-old': { file: '' }, '.fetching-new': {}, mine: {} })
  await utimes(join(modelDir, '.fetching-old'), 1, 1)
  await utimes(join(modelDir, 'mine'), 1, 1)
  await fetchModel({ modelDir, log: () => undefined, sources: [unreachable] })
  t.same(await readdir(modelDir), ['.fetching-new', 'mine'])
})

t.test('a folder that cannot be written is a reason, not a crash', async t => {
  const dir = t.testdir({ file: 'in the way' })
  t.match(await fetchModel({ modelDir: join(dir, 'file'), log: () => undefined, sources: [garbage] }), {
    ok: false,
    reason: /garbage: E(NOTDIR|EXIST)/,
  })
})

t.test('a model that is there and does not work is not touched', async t => {
  const modelDir = t.testdir({})
  await layOut(modelDir, '{"mine": true}')
  t.match(await fetchModel({ modelDir, log: () => undefined, sources: [] }), {
    ok: false,
    reason: /does not load.*move that folder away/,
  })
  t.equal(await readFile(join(modelFolder(modelDir), 'config.json'), 'utf8'), '{"mine": true}')
})

t.test(
  'fetches once, tries the next source where one fails, and puts an unfinished attempt aside',
  { skip },
  async t => {
    const modelDir = t.testdir({ Xenova: { 'all-MiniLM-L6-v2': { 'config.json': 'half' } } })
    const fetched = await fetchModel({ modelDir, log: () => undefined, sources: [unreachable, copy] })
    t.match(fetched, { ok: true, from: 'a copy' })
    t.same(await missingModelFiles(modelDir), [])
    t.same(await readdir(modelDir), ['Xenova'], 'no staging folder stays')
    t.match(await readdir(join(modelDir, 'Xenova')), ['all-MiniLM-L6-v2', /incomplete/])
    t.match(await fetchModel({ modelDir, log: () => undefined, sources: [unreachable] }), {
      ok: true,
      from: 'model folder',
    })
  },
)

t.test('two at once both end with the model', { skip }, async t => {
  const modelDir = t.testdir({})
  const both = await Promise.all([1, 2].map(() => fetchModel({ modelDir, log: () => undefined, sources: [copy] })))
  t.ok(both.every(({ ok }) => ok))
  t.same(await readdir(modelDir), ['Xenova'])
})
