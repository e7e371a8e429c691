// thread: any
// The embedder that needs no model: signed feature hashing (Weinberger et al., 2009) of words and of the trigrams of
// their letters, so that word order does not matter and a typing error matters little. It knows no meaning.
import type { Embedder } from './embedder.js'

const DIMENSIONS = 384
/** A word counts as much as about three of its trigrams. */
const TRIGRAM_WEIGHT = 0.35

export function openLexical(reason: string): Embedder {
  return {
    name: `lexical-${DIMENSIONS}`,
    dimensions: DIMENSIONS,
    reason,
    embed: async texts => texts.map(embedLexically),
  }
}

/** Pure; always of unit length. */
export function embedLexically(text: string): Float32Array {
  const vector = new Float32Array(DIMENSIONS)
  const words =
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  for (const word of words) {
    addFeature(vector, word, 1)
    // The spaces mark where a word begins and ends.
    const spaced = ` ${word} `
    for (let i = 0; i + 3 <= spaced.length; i++) addFeature(vector, `3${spaced.slice(i, i + 3)}`, TRIGRAM_WEIGHT)
  }
  let squares = 0
  for (const component of vector) squares += component * component
  // No word at all, or features that cancelled each other out: a vector of its own.
  if (squares === 0) {
    addFeature(vector, `0${text}`, 1)
    return vector
  }
  const length = Math.sqrt(squares)
  for (let i = 0; i < DIMENSIONS; i++) vector[i]! /= length
  return vector
}

function addFeature(vector: Float32Array, feature: string, weight: number): void {
  const hash = hash32(feature)
  // The sign comes from a bit that does not choose the place: collisions cancel out instead of adding up.
  vector[(hash >>> 1) % DIMENSIONS]! += (hash & 1) === 0 ? weight : -weight
}

/** FNV-1a over UTF-16 code units with the finaliser of MurmurHash3, without which short strings fall close together. */
function hash32(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
