import { useState } from 'react'
import { ask, Problem } from '../api.js'
import { enter as letIn } from '../session.js'

export function LoginPage() {
  const [text, setText] = useState('')
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const enter = async (): Promise<void> => {
    setBusy(true)
    try {
      await ask('/api/session', { method: 'POST', body: { token: text } })
      letIn()
    } catch (error) {
      setProblem(
        error instanceof Problem && error.status === 401
          ? 'This is not a token of this admin port.'
          : error instanceof Error
            ? error.message
            : '',
      )
      setBusy(false)
    }
  }
  return (
    <main className="mx-auto flex min-h-screen w-full max-w-sm flex-col justify-center px-5">
      <img src="/well.svg" alt="" className="mb-5 size-11" />
      <h1 className="text-xl font-semibold tracking-tight">Chaos-Proxy</h1>
      <p className="mt-1 mb-5 text-sm text-muted">
        This admin port wants its token, the one in <code className="font-mono">CHAOS_ADMIN_TOKEN</code>. You stay
        logged in for twelve hours, or until you log out under Settings.
      </p>
      <form
        onSubmit={event => {
          event.preventDefault()
          void enter()
        }}
      >
        <label className="label mb-1 block" htmlFor="token">
          Token
        </label>
        <input
          id="token"
          type="password"
          autoComplete="off"
          // biome-ignore lint/a11y/noAutofocus: there is nothing else on this page.
          autoFocus
          className="field w-full"
          value={text}
          onChange={event => setText(event.target.value)}
          aria-describedby="token-problem"
        />
        <p id="token-problem" role="alert" className="mt-2 min-h-5 text-sm text-fail">
          {problem}
        </p>
        <button type="submit" className="button button-strong mt-1 w-full" disabled={busy || text === ''}>
          Enter
        </button>
      </form>
    </main>
  )
}
