// thread: any
// Words that change what a search asks for while hardly moving its embedding. Requests that differ in one of them never
// answer each other. A word too many costs an honest refusal; a word too few costs a wrong answer.

const list = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/))

/**
 * Words that act on the word after them: `shoes not red` and `red not shoes` hold the same words, `from a to b` and
 * `from b to a` too. Each stands in the partition together with what it acts on.
 */
export const operators = list(`
  not no non never without except excepting excluding exclude excludes excluded minus sans but versus vs unlike
  or nor neither either only
  under over above below beneath less lesser fewer more greater within beyond past
  before after since until till between from to
  min max minimum maximum least most exactly
  nicht kein keine keinen keiner ohne ausser unter vor nach seit bis von zu
  pas sans sauf moins plus jamais avant depuis jusque entre
  sin nunca menos excepto antes desde hasta entre sobre bajo
  senza mai meno tranne prima dopo niet geen zonder sem exceto
`)

/** Words that are one side of a choice, a number or a time: `cheapest`, `three`, `monday`. They stand for themselves. */
export const markers = list(`
  all any every each none nothing nobody both half double triple once twice
  zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
  eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion dozen
  first second third fourth fifth sixth seventh eighth ninth tenth last next previous
  ii iii iv vi vii viii ix xi xii
  january february march april may june july august september october november december
  jan feb mar apr jun jul aug sep sept oct nov dec
  monday tuesday wednesday thursday friday saturday sunday weekday weekend
  today tomorrow yesterday tonight now morning noon afternoon evening night daily weekly monthly yearly
  spring summer autumn fall winter
  asc desc ascending descending true false yes on off null
  cheap cheaper cheapest expensive dearest costly free paid best worst better worse good bad
  high higher highest low lower lowest big bigger biggest large larger largest small smaller smallest
  long longer longest short shorter shortest tall old older oldest new newer newest latest earliest early late recent
  young younger youngest fast faster fastest slow slower slowest hot cold warm wet dry light dark heavy
  hard soft easy difficult strong weak full empty rich poor popular unpopular safe unsafe legal illegal
  up down left right top bottom north south east west northern southern eastern western inside outside indoor outdoor
  open opened closed active inactive enabled disabled online offline available unavailable visible hidden public private
  valid invalid complete incomplete finished unfinished pending approved rejected accepted denied read unread used unused
  buy sell bought sold rent lend borrow import export import send receive sent received upload download push pull
  start end begin stop add remove create delete increase decrease rise gain loss win lose won lost pass fail
  arrival arrivals departure departures incoming outgoing inbound outbound income expense debit credit
  male female man woman men women boy girl boys girls he she his her him husband wife father mother son daughter
  brother sister kids adult adults
`)

/** Passed over when looking for the word that an operator acts on. */
export const fillers = list('a an the than of that this these those it its is are be was were')

/** After these `to` opens an infinitive and no direction: `how to cook rice`. */
export const infinitives = list('how want need like have way ways where what when')

/** Names of query parameters that carry what a person typed. Compared without separators and in lower case. */
export const searchNames = list(`
  q query search s term terms text keyword keywords phrase prompt question
  searchquery searchterm searchterms searchtext searchphrase searchkeywords fulltext freetext querytext
`)
