// thread: learner

/** As one part of an address; undefined where it is no Unicode text: JSON can say half of a surrogate pair, an address cannot. */
export function percentEncoded(text: string): string | undefined {
  return /\p{Surrogate}/u.test(text) ? undefined : encodeURIComponent(text)
}
