// One exchange: its facts, how long each part of it took, fields and bodies as far as they were captured.
import { useMemo, useState } from 'react'
import { Link } from 'wouter'
import type { Kept } from '../../../core/contract/facts.js'
import type { ToldBody, ToldExchange } from '../../../core/contract/history.js'
import type { SettingsReport } from '../../../core/contract/status.js'
import { curlOf } from '../curl-writer.js'
import { bytes, milliseconds, percent, score } from '../format.js'
import { readJsonNodes } from '../json-nodes.js'
import { JsonTree } from '../parts/json-tree.js'
import { ByMark, StatusMark } from '../parts/marks.js'
import { Facts, Panel } from '../parts/page.js'
import { Told } from '../parts/states.js'
import { useResource } from '../use-resource.js'
import { ReplayOne } from './replay-one.js'

const whyNot: Readonly<Record<Kept, string>> = {
  unknown: 'It was not captured: what is no answer of the upstream is not, nor what this version does not learn from.',
  shipped: 'It was captured, and had to make room for newer ones since.',
  unchanged: 'Its answer was the same as the one before, which is not kept any more, or is one of several.',
  'sampled-out': 'More came than is captured (CHAOS_CAPTURE_RATE).',
  'not-stored': 'It may not be kept, is too long, or is of no use to the learner.',
}

export function Exchange({ id, onClose }: { id: string; onClose: () => void }) {
  const exchange = useResource<ToldExchange>(`/api/exchanges/${encodeURIComponent(id)}`)
  return (
    <div className="grid min-w-0 gap-4" data-exchange={id}>
      <div className="flex items-center justify-between gap-3">
        <h2 className="font-mono text-sm text-muted">{id}</h2>
        <button type="button" className="button" onClick={onClose}>
          Close
        </button>
      </div>
      <Told from={exchange} what="the exchange">
        {told => <Parts told={told} />}
      </Told>
    </div>
  )
}

function Parts({ told }: { told: ToldExchange }) {
  const { captured, capturedAs } = told
  return (
    <>
      <Panel title="Facts" aside={<ByMark by={told.by} />}>
        <p className="mb-3 font-mono text-[0.85rem] break-all">
          <span className="text-muted">{told.method}</span> {told.target ?? '(target not kept)'}
        </p>
        <Facts
          of={[
            ['Status', <StatusMark key="status" status={told.status} />],
            ['When', new Date(told.at).toLocaleString('en-GB')],
            ['Route', told.route],
            ['Whose', told.scope === null ? "nobody's" : told.scope],
            ['Octets', `${bytes(told.bytesIn)} in, ${bytes(told.bytesOut)} out`],
            ...(told.confidence === null ? [] : [['Confidence', score(told.confidence)] as const]),
            ...(told.fault === null ? [] : [['Fault', told.fault] as const]),
            ...(told.share < 1
              ? [['Stands for others', `a share of ${percent(told.share, 1)} like it was kept`] as const]
              : []),
            ['Instance', told.instance],
          ]}
        />
        {told.target !== null && (
          <p className="mt-3 text-sm">
            <Link href={`/match?${new URLSearchParams({ method: told.method, path: told.target })}`} className="link">
              What would the ghost say to it now?
            </Link>
          </p>
        )}
      </Panel>
      <Timing told={told} />
      <ReplayOne told={told} />
      {captured === null ? (
        <Panel title="Request and response">
          <p className="text-sm text-muted">{whyNot[told.kept]}</p>
        </Panel>
      ) : (
        <>
          {capturedAs !== null && (
            <p className="text-sm text-muted">
              Its answer was the same as the one before: what follows was captured with{' '}
              <Link href={`/exchanges?id=${encodeURIComponent(capturedAs)}`} className="link font-mono">
                {capturedAs}
              </Link>
              .
            </p>
          )}
          <Side title="Request" fields={captured.requestHeaders} body={captured.requestBody} />
          <Side title="Response" fields={captured.headers} body={captured.body} />
          <CurlLine captured={captured} />
        </>
      )}
    </>
  )
}

const phases = [
  ['connectMs', 'connect', 'bg-semantic', 'waiting for a connection'],
  ['waitMs', 'wait', 'bg-entity', 'from the whole request to the first octet of the answer'],
  ['receiveMs', 'receive', 'bg-live', 'from its first octet to its last'],
  ['ghostMs', 'ghost', 'bg-ghost', 'asking the tiers'],
] as const

function Timing({ told }: { told: ToldExchange }) {
  const passed = phases.flatMap(([name, label, tone, meaning]) => {
    const ms = told[name]
    return ms === null ? [] : [{ label, tone, meaning, ms }]
  })
  const sum = passed.reduce((all, { ms }) => all + ms, 0)
  const rest = Math.max(0, told.totalMs - sum)
  const all = [
    ...passed,
    { label: 'the rest', tone: 'bg-muted', meaning: 'reading, writing and the proxy itself', ms: rest },
  ]
  const whole = Math.max(sum + rest, 0.001)
  return (
    <Panel title="Timing" aside={<span className="text-sm text-muted">{milliseconds(told.totalMs)} in all</span>}>
      <div className="mb-3 flex h-3 overflow-hidden rounded-full bg-raised" aria-hidden="true">
        {all.map(({ label, tone, ms }) => (
          <span key={label} className={tone} style={{ width: `${(ms / whole) * 100}%` }} />
        ))}
      </div>
      <ul className="grid gap-1 text-sm">
        {all.map(({ label, tone, meaning, ms }) => (
          <li key={label} className="grid grid-cols-[0.75rem_5rem_5rem_minmax(0,1fr)] items-center gap-x-2">
            <span aria-hidden="true" className={`size-2.5 rounded-full ${tone}`} />
            <span>{label}</span>
            <span className="text-right">{milliseconds(ms)}</span>
            <span className="text-muted">{meaning}</span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function Side({ title, fields, body }: { title: string; fields: readonly string[]; body: ToldBody }) {
  const pairs = fields.flatMap((name, i) => (i % 2 === 0 ? [[name, fields[i + 1]!] as const] : []))
  return (
    <Panel title={title}>
      {pairs.length === 0 ? (
        <p className="text-sm text-muted">No field of it is kept.</p>
      ) : (
        <dl className="grid gap-1 font-mono text-[0.8rem]">
          {pairs.map(([name, value], i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a field may come twice, and their order never changes.
            <div key={i} className="break-words">
              <dt className="inline text-muted">{name}: </dt>
              <dd className="inline">{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <Body title={title} body={body} />
    </Panel>
  )
}

const MAX_SHOWN = 100_000

function Body({ title, body: { coding, encoding, text } }: { title: string; body: ToldBody }) {
  const node = useMemo(() => (encoding === 'utf8' ? readJsonNodes(text) : undefined), [encoding, text])
  const [asText, setAsText] = useState(false)
  if (text === '') return <p className="mt-3 text-sm text-muted">No body is kept.</p>
  const isTree = node !== undefined && !asText
  return (
    <div className="mt-3">
      <div className="mb-1.5 flex flex-wrap items-center justify-between gap-2">
        <span className="label">
          {encoding === 'base64' ? 'not text; base64' : `${text.length} characters`}
          {coding !== '' && `, sent as ${coding}`}
        </span>
        {node !== undefined && (
          <button type="button" className="button" aria-pressed={asText} onClick={() => setAsText(!asText)}>
            As text
          </button>
        )}
      </div>
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
        tabIndex={0}
        aria-label={`Body of the ${title.toLowerCase()}`}
        className="max-h-96 overflow-auto rounded-md bg-raised p-3"
      >
        {isTree ? (
          <JsonTree node={node} />
        ) : (
          <pre className="font-mono text-xs break-words whitespace-pre-wrap">
            {text.slice(0, MAX_SHOWN)}
            {text.length > MAX_SHOWN && `\n… ${text.length - MAX_SHOWN} characters more`}
          </pre>
        )}
      </section>
    </div>
  )
}

function CurlLine({ captured }: { captured: NonNullable<ToldExchange['captured']> }) {
  const settings = useResource<SettingsReport>('/api/settings')
  const [copied, setCopied] = useState<'no' | 'yes' | 'failed'>('no')
  const { method, target, requestHeaders, requestBody, scope } = captured
  if (requestBody.encoding === 'base64') return null
  const origin = originOf(settings.data)
  const line = curlOf({ method, target, headers: requestHeaders, body: requestBody.text }, origin)
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(line)
      setCopied('yes')
    } catch {
      setCopied('failed')
    }
  }
  return (
    <Panel
      title="As curl"
      aside={
        <button type="button" className="button" onClick={() => void copy()}>
          Copy
        </button>
      }
    >
      <pre className="rounded-md bg-raised p-3 font-mono text-xs break-all whitespace-pre-wrap" data-curl>
        {line}
      </pre>
      <p role="status" className="label mt-2">
        {copied === 'yes' && 'Copied. '}
        {copied === 'failed' && 'This page may not copy here: select the line instead. '}
        {scope !== '' && 'The credentials are not kept: add yours. '}
        Only the fields that the learner looks at are kept.
      </p>
    </Panel>
  )
}

/** Where clients reach the proxy, as far as this page can tell. */
function originOf(settings: SettingsReport | undefined): string {
  const value = (name: string): string => settings?.settings.find(one => one.name === name)?.value ?? ''
  const scheme = value('CHAOS_TLS_CERT') === '' ? 'http' : 'https'
  return `${scheme}://${location.hostname}:${value('CHAOS_PORT') || '8080'}`
}
