// thread: any
// Words by which names of endpoints and methods tell what they do. Whole words only: `research` searches nothing.

/** Said of what reads. */
const readingVerbs = new Set([
  'get',
  'list',
  'find',
  'search',
  'query',
  'read',
  'fetch',
  'count',
  'describe',
  'show',
  'lookup',
  'has',
  'is',
  'exists',
  'filter',
  'match',
  'suggest',
  'autocomplete',
  'aggregate',
  'explain',
  'browse',
  'retrieve',
  'select',
  'view',
])

/** A last path segment that is one of these, or begins or ends with one, takes a question in its body. */
const searchWords = new Set([
  'search',
  'searches',
  'msearch',
  'query',
  'queries',
  'find',
  'filter',
  'lookup',
  'list',
  'count',
  'match',
  'suggest',
  'suggestions',
  'autocomplete',
  'typeahead',
  'aggregate',
  'facets',
  'explain',
  'browse',
])

/** `search-settings` are settings. */
const things = new Set([
  'settings',
  'setting',
  'config',
  'configuration',
  'index',
  'history',
  'job',
  'jobs',
  'item',
  'items',
])
const endsOfSearch = new Set(['search', 'lookup', 'autocomplete', 'typeahead', 'suggest', 'query', 'count', 'filter'])

/** Said of what hands out, or takes back, a proof of who somebody is: of no use to anybody later. */
const signing = new Set([
  'login',
  'logout',
  'signin',
  'signout',
  'auth',
  'oauth',
  'oauth2',
  'authenticate',
  'authorize',
  'token',
  'tokens',
  'session',
  'sessions',
])

/** Whatever else a name says, with one of these it may do something, or hand out what is for one person once. */
const doing = new Set([
  ...signing,
  'signup',
  'register',
  'password',
  'passwords',
  'order',
  'checkout',
  'pay',
  'payment',
  'payments',
  'purchase',
  'buy',
  'refund',
  'create',
  'add',
  'insert',
  'upsert',
  'save',
  'saved',
  'set',
  'put',
  'update',
  'edit',
  'modify',
  'patch',
  'replace',
  'delete',
  'remove',
  'destroy',
  'drop',
  'clear',
  'purge',
  'reset',
  'cancel',
  'confirm',
  'submit',
  'send',
  'upload',
  'import',
  'publish',
  'subscribe',
  'unsubscribe',
  'mark',
  'revoke',
  'transfer',
  'withdraw',
  'deposit',
  'execute',
  'run',
  'enqueue',
  'generate',
])

/** `getUser_by-id` → get, user, by, id; `URLCount` → url, count. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(word => word !== '')
}

/** `sign-in` is `signin` written in two. */
export function saysDoing(name: string): boolean {
  const words = wordsOf(name)
  return words.some((word, i) => doing.has(word) || (i > 0 && doing.has(`${words[i - 1]}${word}`)))
}

/** `/auth/sign-in`, `/oauth/token`. */
export function saysSigningIn(path: string): boolean {
  const words = wordsOf(path)
  return words.some((word, i) => signing.has(word) || (i > 0 && signing.has(`${words[i - 1]}${word}`)))
}

/** `segment`: the last constant one of a path. */
export function saysSearch(segment: string): boolean {
  const words = wordsOf(segment)
  const first = words[0] ?? ''
  const last = words.at(-1) ?? ''
  if (words.length < 2) return searchWords.has(first)
  return (searchWords.has(first) && !things.has(last)) || endsOfSearch.has(last)
}

/** The method of a remote call: `users.list`, `getUser`, `get_user`, `eth_getBalance`, `tools/list`. */
export function saysReading(methodName: string): boolean {
  if (saysDoing(methodName)) return false
  const name = methodName.split(/[./:]/).at(-1)!
  if (readingVerbs.has(wordsOf(name)[0] ?? '')) return true
  // A prefix for the product before the verb. One word alone says too little: `mark_as_read`.
  const behind = wordsOf(name.split('_').at(-1)!)
  return behind.length > 1 && readingVerbs.has(behind[0]!)
}
