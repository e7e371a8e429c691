// Ways in which APIs page, sort, filter and wrap; each is one that is met in the wild.
import type { Operation, Style } from './small-api.js'

const members = {
  eq: ['genre', 'inStock', 'price', 'publisher.city', 'tags'],
  range: ['price', 'rating'],
} as const

function filters(
  name: (member: string, operation: Operation) => string,
  operations: readonly Operation[],
): Style['filters'] {
  const found: { member: string; operation: Operation; name: string }[] = members.eq.map(member => ({
    member,
    operation: 'eq',
    name: name(member, 'eq'),
  }))
  for (const operation of operations) {
    const on = operation === 'like' ? ['title'] : operation === 'ne' || operation === 'in' ? ['genre'] : members.range
    for (const member of on) found.push({ member, operation, name: name(member, operation) })
  }
  return found
}

const suffixed =
  (mark: string) =>
  (member: string, operation: Operation): string =>
    operation === 'eq' ? member : `${member}${mark}${operation}`

const base: Style = {
  paging: undefined,
  defaultLimit: Number.POSITIVE_INFINITY,
  maxLimit: Number.POSITIVE_INFINITY,
  sort: undefined,
  filters: filters(suffixed('_'), []),
  lists: 'comma',
  search: undefined,
  fields: undefined,
  expand: undefined,
  envelope: 'bare',
  headers: false,
  ids: 'int',
}

const capital = (word: string): string => word[0]!.toUpperCase() + word.slice(1)

export const styles = {
  'underscores, bare lists, X-Total-Count and Link': {
    ...base,
    paging: { kind: 'page', page: '_page', size: '_limit', first: 1 },
    sort: { kind: 'order', name: '_sort', order: '_order' },
    filters: filters(suffixed('_'), ['gte', 'lte', 'ne', 'like']),
    search: 'q',
    headers: true,
    defaultLimit: 10,
  },
  'page and per_page from 1, meta, signed sort, min_ and max_': {
    ...base,
    paging: { kind: 'page', page: 'page', size: 'per_page', first: 1 },
    defaultLimit: 20,
    sort: { kind: 'sign', name: 'sort' },
    filters: filters(
      (member, operation) => (operation === 'eq' ? member : `${operation === 'gte' ? 'min' : 'max'}_${member}`),
      ['gte', 'lte'],
    ),
    envelope: 'meta',
    ids: 'uuid',
  },
  'page and size from 0, slices, minPrice and maxPrice': {
    ...base,
    paging: { kind: 'page', page: 'page', size: 'size', first: 0 },
    defaultLimit: 20,
    sort: { kind: 'colon', name: 'sort' },
    filters: filters(
      (member, operation) => (operation === 'eq' ? member : `${operation === 'gte' ? 'min' : 'max'}${capital(member)}`),
      ['gte', 'lte'],
    ),
    envelope: 'slice',
  },
  'page and size from 0, name,desc': {
    ...base,
    paging: { kind: 'page', page: 'page', size: 'size', first: 0 },
    defaultLimit: 20,
    sort: { kind: 'comma', name: 'sort' },
    envelope: 'slice',
  },
  'offset and limit, next and previous, __gte and __in': {
    ...base,
    paging: { kind: 'offset', offset: 'offset', size: 'limit' },
    defaultLimit: 20,
    sort: { kind: 'sign', name: 'ordering' },
    filters: filters(suffixed('__'), ['gte', 'lte', 'gt', 'lt', 'in']),
    search: 'search',
    envelope: 'next',
  },
  'skip and take, order_by in words, [gte], fields': {
    ...base,
    paging: { kind: 'offset', offset: 'skip', size: 'take' },
    defaultLimit: 30,
    sort: { kind: 'space', name: 'order_by' },
    filters: filters(
      (member, operation) => (operation === 'eq' ? member : `${member}[${operation}]`),
      ['gte', 'lte', 'ne'],
    ),
    fields: 'fields',
    envelope: 'slice',
    ids: 'slug',
  },
  'start and end, slugs, repeated parameters': {
    ...base,
    paging: { kind: 'range', start: '_start', end: '_end' },
    sort: { kind: 'order', name: '_sort', order: '_order' },
    filters: filters(suffixed('_'), ['in', 'gte']),
    lists: 'repeated',
    headers: false,
    ids: 'slug',
  },
  'from and size, sortBy and sortOrder, price_from and price_to': {
    ...base,
    paging: { kind: 'offset', offset: 'from', size: 'size' },
    defaultLimit: 20,
    sort: { kind: 'order', name: 'sortBy', order: 'sortOrder' },
    filters: filters(
      (member, operation) => (operation === 'eq' ? member : `${member}_${operation === 'gte' ? 'from' : 'to'}`),
      ['gte', 'lte'],
    ),
    envelope: 'meta',
  },
  'pagination[page], sort=name:desc, filters[price][$gte]': {
    ...base,
    paging: { kind: 'page', page: 'pagination[page]', size: 'pagination[pageSize]', first: 1 },
    defaultLimit: 25,
    sort: { kind: 'colon', name: 'sort' },
    filters: filters((member, operation) => `filters[${member}][$${operation}]`, ['gte', 'lte']),
    envelope: 'meta',
  },
  'limit and offset, price=gte.5, order=price.desc': {
    ...base,
    paging: { kind: 'offset', offset: 'offset', size: 'limit' },
    sort: { kind: 'dot', name: 'order' },
    operators: true,
    filters: filters(member => member, ['gte', 'lte', 'gt', 'in', 'like']),
  },
  '$skip and $top, $orderby, $filter=price ge 5 and genre eq': {
    ...base,
    paging: { kind: 'offset', offset: '$skip', size: '$top' },
    sort: { kind: 'space', name: '$orderby' },
    expression: { name: '$filter', dialect: 'odata' },
    filters: filters(member => member, ['gte', 'lte', 'gt', 'ne', 'in']),
  },
  'page and size, filter=price=ge=5;genre==poetry': {
    ...base,
    paging: { kind: 'page', page: 'page', size: 'size', first: 0 },
    defaultLimit: 20,
    sort: { kind: 'sign', name: 'sort' },
    expression: { name: 'filter', dialect: 'rsql' },
    filters: filters(member => member, ['gte', 'lte', 'lt', 'ne', 'in']),
    envelope: 'meta',
  },
  'page_size, filter=price >= 5 AND genre = "poetry"': {
    ...base,
    paging: { kind: 'offset', offset: 'skip', size: 'page_size' },
    sort: { kind: 'space', name: 'order_by' },
    expression: { name: 'filter', dialect: 'signs' },
    filters: filters(member => member, ['gte', 'lte', 'gt']),
  },
  cursors: {
    ...base,
    paging: { kind: 'cursor', cursor: 'cursor', size: 'limit' },
    defaultLimit: 10,
    filters: filters(suffixed('_'), ['gte', 'lte']),
    envelope: 'cursor',
    ids: 'uuid',
  },
  'a table of rows and columns': {
    ...base,
    paging: { kind: 'offset', offset: 'offset', size: 'limit' },
    sort: { kind: 'sign', name: 'sort' },
    filters: filters(suffixed('__'), ['gte', 'lte']),
    envelope: 'table',
  },
  'no paging, createdBefore and createdAfter, expand': {
    ...base,
    filters: [
      ...filters(suffixed('_'), ['in']),
      { member: 'createdAt', operation: 'lt', name: 'createdBefore' },
      { member: 'createdAt', operation: 'gt', name: 'createdAfter' },
    ],
    sort: { kind: 'sign', name: 'sort' },
    search: 'q',
    expand: 'expand',
  },
} as const satisfies Record<string, Style>
