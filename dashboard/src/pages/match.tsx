// What would the ghost say to this request, and why? Nothing is sent to the upstream.
import { useCallback, useEffect, useRef, useState } from 'react'
import { readCurl } from '../../../core/contract/curl-line.js'
import type {
  ExplainedAnswer,
  LiveBeside,
  MatchExplanation,
  MatchQuestionByHand,
} from '../../../core/contract/status.js'
import { ask } from '../api.js'
import { duration, score } from '../format.js'
import { isTier, tierText } from '../parts/marks.js'
import { Facts, Page, Panel } from '../parts/page.js'
import { Empty, Failed } from '../parts/states.js'
import { useAction } from '../use-action.js'
import { useQuery } from '../use-query.js'

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

export function MatchPage() {
  const [method, setMethod] = useQuery('method')
  const [path, setPath] = useQuery('path')
  // Not in the URL: they may hold secrets.
  const [fields, setFields] = useState('')
  const [body, setBody] = useState('')
  const [curl, setCurl] = useState('')
  const [curlProblem, setCurlProblem] = useState('')
  const [told, setTold] = useState<MatchExplanation>()
  /** The request that was explained: fields may have been edited since. */
  const [asked, setAsked] = useState<MatchQuestionByHand>()
  const { problem, act } = useAction()
  const [busy, setBusy] = useState(false)
  const explain = useCallback(
    async (question: MatchQuestionByHand) => {
      setBusy(true)
      await act(async () => {
        setTold(await ask<MatchExplanation>('/api/debug/match', { method: 'POST', body: question }))
        setAsked(question)
      })
      setBusy(false)
    },
    [act],
  )
  // A link with a request in it is answered at once.
  const linked = useRef({ method: method || 'GET', path })
  useEffect(() => {
    if (linked.current.path !== '') void explain({ ...linked.current, headers: {}, body: '' })
  }, [explain])
  const paste = (text: string): void => {
    setCurl(text)
    setCurlProblem('')
    if (text.trim() === '') return
    const read = readCurl(text)
    if (!read.ok) {
      setCurlProblem(read.problem)
      return
    }
    const { request } = read
    setMethod(request.method)
    setPath(request.path)
    setFields(
      Object.entries(request.headers)
        .map(([name, value]) => `${name}: ${value}`)
        .join('\n'),
    )
    setBody(request.body)
    void explain(request)
  }
  return (
    <Page
      title="Match"
      lead="What would the ghost say to a request, and why? Nothing is sent to the upstream unless you say so."
    >
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]">
        <Panel title="Request">
          <form
            className="grid gap-3"
            onSubmit={event => {
              event.preventDefault()
              void explain({ method: method || 'GET', path, headers: fieldsIn(fields), body })
            }}
          >
            <div className="flex gap-2">
              <select
                className="field"
                aria-label="Method"
                value={method || 'GET'}
                onChange={event => setMethod(event.target.value)}
              >
                {[...new Set([...methods, method || 'GET'])].map(name => (
                  <option key={name}>{name}</option>
                ))}
              </select>
              <input
                className="field w-full font-mono"
                aria-label="Path and query"
                placeholder="/users/7?expand=team"
                required
                value={path}
                onChange={event => setPath(event.target.value)}
              />
            </div>
            <label className="grid gap-1">
              <span className="label">Fields, one a line</span>
              <textarea
                className="field min-h-20 font-mono text-[0.8rem]"
                placeholder="accept: application/json"
                value={fields}
                onChange={event => setFields(event.target.value)}
              />
            </label>
            <label className="grid gap-1">
              <span className="label">Body</span>
              <textarea
                className="field min-h-16 font-mono text-[0.8rem]"
                value={body}
                onChange={event => setBody(event.target.value)}
              />
            </label>
            <button type="submit" className="button button-strong justify-self-start" disabled={busy}>
              {busy ? 'Asking …' : 'Ask the ghost'}
            </button>
            <label className="grid gap-1 border-t border-line pt-3">
              <span className="label">Or paste a curl line: it is read here, and nothing of it is run</span>
              <textarea
                className="field min-h-16 font-mono text-[0.8rem]"
                placeholder="curl 'http://localhost:8080/users/7' -H 'accept: application/json'"
                value={curl}
                onChange={event => paste(event.target.value)}
                aria-describedby="curl-problem"
              />
            </label>
            <p id="curl-problem" role="alert" className="text-sm text-fail">
              {curlProblem}
            </p>
          </form>
        </Panel>
        <div className="grid min-w-0 gap-4" aria-live="polite">
          {problem !== undefined && <Failed problem={problem} />}
          {told === undefined ? (
            problem === undefined && (
              <Empty title="No request was explained yet">Compose one, or paste a curl line.</Empty>
            )
          ) : (
            <Explanation told={told} asked={asked!} />
          )}
        </div>
      </div>
    </Page>
  )
}

function fieldsIn(text: string): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) fields[line.slice(0, colon).trim()] = line.slice(colon + 1).trim()
  }
  return fields
}

function Explanation({ told, asked }: { told: MatchExplanation; asked: MatchQuestionByHand }) {
  const { request, answer, nearestMiss, composed } = told
  const answers = told.verdict === 'answer'
  return (
    <>
      <section className={`panel border-l-4 p-4 ${answers ? 'border-l-ghost' : 'border-l-fail'}`}>
        <p className="text-lg font-semibold" data-verdict={told.verdict}>
          {answers && answer !== null ? (
            <>
              It would answer {answer.status} by <span className={tierText[answer.tier]}>{answer.tier}</span>,{' '}
              {score(answer.confidence)} sure
            </>
          ) : (
            <>
              It would stay silent: <span className="text-fail">{told.reason}</span>
            </>
          )}
        </p>
        <p className="mt-1 text-sm text-muted">
          {request.route === null ? 'No route is learned for it.' : `Route ${request.method} ${request.route}.`} Wanted
          confidence {told.minConfidence}. Found in {(told.micros / 1000).toFixed(1)} ms.
        </p>
      </section>
      {answer !== null && <Answer answer={answer} isGiven={answers} />}
      <LiveAnswer key={JSON.stringify(asked)} asked={asked} question={request.question} />
      <Panel title="Tiers, in their order">
        {told.tiers.length === 0 ? (
          <p className="text-sm text-muted">None was asked.</p>
        ) : (
          <ol className="divide-y divide-line/60 text-sm">
            {told.tiers.map(({ tier, used, because, detail, confidence, lowerBound, micros }) => (
              <li key={tier} className="grid gap-x-4 py-2 sm:grid-cols-[6rem_minmax(0,1fr)_auto]">
                <span className={`font-semibold ${isTier(tier) ? tierText[tier] : ''}`}>{tier}</span>
                <span className="min-w-0 break-words">
                  <span className={used ? 'text-live' : ''}>{used ? 'answers' : because}</span>
                  {detail !== '' && <span className="block text-muted">{detail}</span>}
                </span>
                <span className="text-muted">
                  {confidence !== null && `${score(confidence)}, at least ${score(lowerBound)} · `}
                  {(micros / 1000).toFixed(2)} ms
                </span>
              </li>
            ))}
          </ol>
        )}
      </Panel>
      {composed !== null && composed.inputs.length > 0 && (
        <Panel title="What its parts mean">
          <ul className="divide-y divide-line/60 text-sm">
            {composed.inputs.map(input => (
              <li key={input.input} className="grid gap-x-4 py-1.5 sm:grid-cols-[10rem_minmax(0,1fr)_8rem]">
                <code className="font-mono">
                  {input.input} = {input.value}
                </code>
                <span>{input.meaning}</span>
                <span className="text-muted sm:text-right">seen {input.seen} times</span>
              </li>
            ))}
          </ul>
          <p className="label mt-2">{composed.evidence.source}</p>
        </Panel>
      )}
      {nearestMiss !== null && (
        <Panel title="Nearest miss">
          <p className="font-mono text-[0.8rem] break-all">
            {nearestMiss.method} {nearestMiss.target}
          </p>
          <p className="mt-1 text-sm text-muted">
            {nearestMiss.because}
            {nearestMiss.similarity !== null && ` · similarity ${nearestMiss.similarity.toFixed(3)}`}
          </p>
          {nearestMiss.differs.length > 0 && (
            <ul className="mt-2 space-y-1 text-sm">
              {nearestMiss.differs.map(({ field, asked, known }) => (
                <li key={field}>
                  <code className="font-mono font-semibold">{field}</code>: asked{' '}
                  <code className="font-mono">{asked ?? 'not there'}</code>, known{' '}
                  <code className="font-mono">{known ?? 'not there'}</code>
                </li>
              ))}
            </ul>
          )}
        </Panel>
      )}
      {told.candidates.length > 0 && (
        <Panel title="Candidates">
          <ul className="divide-y divide-line/60 text-sm">
            {told.candidates.map(({ key, method, target, similarity, because }) => (
              <li key={key} className="grid gap-x-4 py-1.5 sm:grid-cols-[4rem_minmax(0,1fr)_auto]">
                <span>{similarity.toFixed(3)}</span>
                <code className="font-mono text-[0.8rem] break-all">
                  {method} {target}
                </code>
                <span className="text-muted">{because || 'used'}</span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <Panel title="How the request was read">
        <Facts
          of={[
            ['Kind', request.question],
            ['Parameters of the path', request.params.join(', ') || '–'],
            ['Varies by', request.variesBy.join(', ') || '–'],
            ['Whose', request.scope === '' ? "nobody's" : `credential ${request.scope.slice(0, 12)}…`],
            ['Policy', request.policy ?? 'as the settings say'],
            ['Switch', request.switch ?? 'none'],
            ...request.ignored.map(({ name, value, because }): [string, string] => [
              `?${name}=${value}`,
              `left out: ${because}`,
            ]),
          ]}
        />
      </Panel>
    </>
  )
}

function Answer({ answer, isGiven }: { answer: ExplainedAnswer; isGiven: boolean }) {
  return (
    <Panel
      title={isGiven ? 'The answer' : 'What it would say if it were surer'}
      aside={<span className="text-sm text-muted">learned {duration(answer.ageS)} ago</span>}
    >
      <details className="mb-2 text-sm">
        <summary className="text-muted">{Object.keys(answer.headers).length} fields</summary>
        <div className="mt-2 font-mono text-[0.8rem]">
          <Facts of={Object.entries(answer.headers)} />
        </div>
      </details>
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
        tabIndex={0}
        aria-label="Body of the answer"
        className="max-h-96 overflow-auto rounded-md bg-raised p-3"
      >
        <pre className="font-mono text-xs whitespace-pre-wrap">{bodyText(answer)}</pre>
      </section>
    </Panel>
  )
}

/** The upstream is asked only where that changes nothing, and only when somebody presses the button. */
function LiveAnswer({ asked, question }: { asked: MatchQuestionByHand; question: string }) {
  const [beside, setBeside] = useState<LiveBeside>()
  const [busy, setBusy] = useState(false)
  const { problem, act } = useAction()
  const isSafe = (asked.method === 'GET' || asked.method === 'HEAD') && asked.body === '' && question !== 'write'
  const send = async (): Promise<void> => {
    setBusy(true)
    await act(async () => setBeside(await ask<LiveBeside>('/api/debug/live', { method: 'POST', body: asked })))
    setBusy(false)
  }
  return (
    <Panel
      title="Beside the live answer"
      aside={
        isSafe && (
          <button type="button" className="button" disabled={busy} onClick={() => void send()}>
            {busy ? 'Asking …' : 'Ask the upstream now'}
          </button>
        )
      }
    >
      <p className="text-sm text-muted">
        {isSafe
          ? 'This sends the request through the proxy, as a client would: it is counted and learned.'
          : 'Only a GET or HEAD without a body may be sent from here, and only if it does not write.'}
      </p>
      {problem !== undefined && <Failed problem={problem} />}
      {beside !== undefined && <Beside beside={beside} />}
    </Panel>
  )
}

function Beside({ beside: { explanation, live, because, similarity, differences } }: { beside: LiveBeside }) {
  const { answer } = explanation
  return (
    <div className="mt-3 grid gap-3" data-beside>
      <p className="font-semibold">
        {similarity === null ? (
          because
        ) : similarity === 1 ? (
          <span className="text-live">The ghost would have said what the upstream says.</span>
        ) : (
          <span className="text-fail">
            {score(similarity)} like what the upstream says
            {answer !== null && live !== null && `: ${answer.status} for ${live.status}`}
          </span>
        )}
      </p>
      {differences.length > 0 && (
        <ul className="grid gap-1.5 font-mono text-[0.8rem]" aria-label="Differences">
          {differences.map(({ at, given, truth }) => (
            <li key={at} className="grid gap-x-4 sm:grid-cols-[12rem_minmax(0,1fr)_minmax(0,1fr)]">
              <span className="font-semibold break-all">{at || 'the document'}</span>
              <span className="break-all text-fail">− {given ?? 'not there'}</span>
              <span className="break-all text-live">+ {truth ?? 'not there'}</span>
            </li>
          ))}
        </ul>
      )}
      {live !== null && (
        <div className="grid gap-3 lg:grid-cols-2">
          <BodyOf name="ghost" told={answer} />
          <BodyOf name="upstream" told={live} />
        </div>
      )}
    </div>
  )
}

function BodyOf({
  name,
  told,
}: {
  name: string
  told: Pick<ExplainedAnswer, 'status' | 'body' | 'bodyEncoding'> | null
}) {
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
      tabIndex={0}
      aria-label={`What the ${name} says`}
      className="max-h-96 min-w-0 overflow-auto rounded-md bg-raised p-3"
    >
      <p className="label mb-1">
        the {name}
        {told !== null && `: ${told.status}`}
      </p>
      <pre className="font-mono text-xs break-words whitespace-pre-wrap">
        {told === null ? '(it stays silent)' : bodyText(told)}
      </pre>
    </section>
  )
}

const MAX_SHOWN = 100_000

function bodyText({ body, bodyEncoding }: Pick<ExplainedAnswer, 'body' | 'bodyEncoding'>): string {
  if (body === '') return '(no body)'
  if (bodyEncoding === 'base64') return `(not text; base64)\n${body.slice(0, MAX_SHOWN)}`
  try {
    return JSON.stringify(JSON.parse(body), null, 2).slice(0, MAX_SHOWN)
  } catch {
    return body.slice(0, MAX_SHOWN)
  }
}
