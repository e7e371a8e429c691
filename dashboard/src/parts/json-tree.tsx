// A JSON document that can be opened and closed. All of it is text: nothing in it is taken for markup.
import { type ReactNode, useState } from 'react'
import type { JsonNode } from '../json-nodes.js'

/** Open at first, to this depth. */
const OPEN_DEPTH = 2
/** Drawn at once below one node. */
const MORE = 100
const MAX_STRING = 2000

export function JsonTree({ node }: { node: JsonNode }) {
  return (
    <div className="font-mono text-xs leading-relaxed">
      <Node node={node} name={null} depth={0} />
    </div>
  )
}

function Node({ node, name, depth }: { node: JsonNode; name: string | number | null; depth: number }) {
  const before = name === null ? null : <Name name={name} />
  if (node.kind === 'array')
    return (
      <Branch
        before={before}
        size={node.items.length}
        marks="[]"
        depth={depth}
        child={i => <Node key={i} node={node.items[i]!} name={i} depth={depth + 1} />}
      />
    )
  if (node.kind === 'object')
    return (
      <Branch
        before={before}
        size={node.members.length}
        marks="{}"
        depth={depth}
        child={i => <Node key={i} node={node.members[i]![1]} name={node.members[i]![0]} depth={depth + 1} />}
      />
    )
  return (
    <div className="pl-4 break-words">
      {before}
      <Value node={node} />
    </div>
  )
}

function Name({ name }: { name: string | number }) {
  return (
    <>
      <span className={typeof name === 'number' ? 'text-muted' : 'text-query'}>{name}</span>
      <span className="text-muted">: </span>
    </>
  )
}

function Value({ node }: { node: JsonNode & { readonly text: string } }) {
  if (node.kind !== 'string')
    return <span className={node.kind === 'number' ? 'text-entity' : 'text-template'}>{node.text}</span>
  const rest = node.text.length - MAX_STRING
  return (
    <span className="whitespace-pre-wrap">
      "{rest > 0 ? node.text.slice(0, MAX_STRING) : node.text}"
      {rest > 0 && <span className="text-muted"> and {rest} characters more</span>}
    </span>
  )
}

function Branch({
  before,
  size,
  marks,
  depth,
  child,
}: {
  before: ReactNode
  size: number
  marks: '[]' | '{}'
  depth: number
  child: (place: number) => ReactNode
}) {
  const [isOpen, setOpen] = useState(depth < OPEN_DEPTH)
  const [shown, setShown] = useState(MORE)
  if (size === 0)
    return (
      <div className="pl-4">
        {before}
        {marks}
      </div>
    )
  return (
    <div>
      <button
        type="button"
        className="block text-left hover:bg-surface"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <span aria-hidden="true" className="inline-block w-4 text-muted">
          {isOpen ? '▾' : '▸'}
        </span>
        {before}
        <span className="text-muted">
          {marks[0]} {size} {marks[1]}
        </span>
      </button>
      {isOpen && (
        <div className="ml-1.5 border-l border-line pl-2">
          {Array.from({ length: Math.min(size, shown) }, (_, i) => child(i))}
          {size > shown && (
            <button type="button" className="button my-1 text-xs" onClick={() => setShown(shown + MORE)}>
              {Math.min(MORE, size - shown)} more of {size - shown}
            </button>
          )}
        </div>
      )}
    </div>
  )
}
