import { spawnSync } from 'node:child_process'
import t from 'tap'
import {
  type CompletedCommand,
  completionScript,
  optionsIn,
  shells,
  wordsIn,
} from '../../../core/commands/completion/scripts.js'

const usage = `chaos-proxy drill KIND [options]

kinds: blackout, reset

  --for TIME            how long: 30s, it's "up" [to] you
  --without-end
  --json                as JSON
  --help

  chaos-proxy drill --for 3s
`
const drill: CompletedCommand = {
  name: 'drill',
  summary: "imitate: a fault, it's safe",
  options: optionsIn(usage),
  words: wordsIn(usage),
}
const doctor: CompletedCommand = { name: 'doctor', summary: 'look', options: [], words: [] }

t.test('options and words of a help', async t => {
  t.same(drill.options, [
    { flag: '--for', takesValue: true, doc: 'how long: 30s, it\'s "up" [to] you' },
    { flag: '--without-end', takesValue: false, doc: '' },
    { flag: '--json', takesValue: false, doc: 'as JSON' },
    { flag: '--help', takesValue: false, doc: '' },
  ])
  t.same(drill.words, ['blackout', 'reset'])
  t.same(wordsIn('none'), [])
})

const has = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0

t.test('bash completes by it', { skip: !has('bash') && 'no bash' }, async t => {
  const script = completionScript('bash', [drill, doctor])
  const complete = (...words: string[]): string[] => {
    const line = `${script}\nCOMP_WORDS=(chaos-proxy ${words.map(word => `'${word}'`).join(' ')})\nCOMP_CWORD=${words.length}\n_chaos_proxy\nprintf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', line], {
      cwd: t.testdir({ notes: '' }),
      encoding: 'utf8',
    })
    t.equal(stderr, '')
    return stdout.trim().split('\n')
  }
  t.same(complete('d'), ['drill', 'doctor'])
  t.same(complete('drill', '--'), ['--for', '--without-end', '--json', '--help'])
  t.same(complete('drill', 'bl'), ['blackout'])
  t.same(complete('drill', '--for', 'no'), ['notes'])
  t.same(complete('doctor', 'no'), ['notes'])
})

for (const shell of shells)
  t.test(`${shell} reads it`, { skip: !has(shell) && `no ${shell}` }, async t => {
    const script = completionScript(shell, [drill, doctor])
    const { status, stderr } = spawnSync(shell, ['-n'], { input: script, encoding: 'utf8' })
    t.equal(status, 0, stderr)
  })

t.test('zsh and fish are told all of it, quoted', async t => {
  const zsh = completionScript('zsh', [drill, doctor])
  t.match(zsh, "'drill:imitate\\: a fault, it'\\''s safe'")
  t.match(zsh, `'--for[how long\\: 30s, it'\\''s "up" \\[to\\] you]:value:_files'`)
  t.match(zsh, "'1:word:(blackout reset)'")
  const fish = completionScript('fish', [drill, doctor])
  t.match(fish, "-a drill -d 'imitate: a fault, it'\\''s safe'")
  t.match(fish, "'__fish_seen_subcommand_from drill' -l for -r -d ")
})
