// thread: main
// Reports as pages for people. All that is shown came from others, and is escaped: there is one way to put a value into a page, the
// template below.
import { createHash } from 'node:crypto'
import { weightedList } from '../contract/weighted-list.js'
import { type AdminReply, jsonReply } from './reply.js'

/** Text that may stand in a page as it is. */
export class Markup {
  constructor(readonly text: string) {}
}

type Value = string | number | Markup | readonly Markup[]

export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(parts.reduce((text, part, i) => text + shown(values[i - 1]!) + part))
}

function shown(value: Value): string {
  if (value instanceof Markup) return value.text
  if (typeof value === 'object') return value.map(({ text }) => text).join('')
  return escaped(String(value))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, character => entities[character]!)
}

const style = `
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#222;background:#fff}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
code{font:13px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:2rem 0 0}
.wrong{color:#a40000}
`

/** What stands in these pages is all that there is: nothing in them runs, nothing is loaded, nobody shows them in a frame. */
const pagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export function page(title: string, content: Markup): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title} – Chaos-Proxy</title><style>${new Markup(style)}</style></head>
<body>${content}</body></html>
`.text
}

export function percent(value: number | null): string {
  return value === null ? 'not known' : `${(value * 100).toFixed(1)} %`
}

/** A page where a browser asks, JSON for all others. */
export function pageOrJson(accept: string, page: () => string, value: object): AdminReply {
  if (!prefersHtml(accept)) return { ...jsonReply(value), headers: { vary: 'accept' } }
  return {
    status: 200,
    contentType: 'text/html; charset=utf-8',
    body: page(),
    headers: {
      vary: 'accept',
      'content-security-policy': pagePolicy,
      'referrer-policy': 'no-referrer',
    },
  }
}

/** RFC 9110 §12.5.1, as far as it is needed: HTML is named, and JSON is not preferred to it. */
function prefersHtml(accept: string): boolean {
  const ranges = weightedList(accept)
  const quality = (type: string): number => ranges.find(({ name }) => name === type)?.q || 0
  const html = quality('text/html')
  return html > 0 && html >= quality('application/json')
}
