// docs/openapi.json, and docs/admin-api.md out of it.
import { Access } from '../../core/admin/access.js'
import { adminEndpoints } from '../../core/admin/endpoints.js'
import { type OpenApi, openApiOf } from '../../core/admin/openapi.js'
import type { Schema } from '../../core/admin/operations.js'
import type { AdminSources } from '../../core/contract/status.js'
import { version } from '../../core/version.js'

/** Endpoints ask their sources when they are asked, and nobody asks here. */
export function adminApi(): OpenApi {
  const nobody = {} as AdminSources
  return openApiOf(adminEndpoints(nobody, new Access({ operate: '', view: '' }, () => 0)), version)
}

export function openApiText(api: OpenApi): string {
  return `${JSON.stringify(api, null, 2)}\n`
}

export function adminApiMarkdown({ info, paths }: OpenApi): string {
  const all = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  )
  const list = all.map(
    ({ name, operation }) => `| \`${name}\` | ${operation['x-role'] ?? 'anybody'} | ${operation.summary} |\n`,
  )
  const details = all.flatMap(({ name, operation }) => {
    const lines = operation.parameters
      .filter(one => one.in === 'query')
      .map(({ name: of, required, schema, description }) =>
        memberLine(of, required, { ...schema, ...(description === undefined ? {} : { description }) }),
      )
    const body = operation.requestBody?.content['application/json']?.schema
    const members = Object.entries(body?.properties ?? {}).map(([of, schema]) =>
      memberLine(of, body?.required?.includes(of) === true, schema),
    )
    const answers = Object.entries(operation.responses).flatMap(
      ([status, { description }]: [string, { description?: string }]) =>
        description === undefined || description === 'Told.' ? [] : [`| ${status} | ${description} |\n`],
    )
    if (lines.length + members.length + answers.length === 0) return []
    return [
      `\n### ${name}\n\n${operation.summary}\n`,
      ...(lines.length === 0 ? [] : [`\nIn the query:\n\n${lines.join('')}`]),
      ...(members.length === 0 ? [] : [`\nIn the body, as JSON:\n\n${members.join('')}`]),
      ...(answers.length === 0 ? [] : [`\n| status | when |\n| --- | --- |\n${answers.join('')}`]),
    ]
  })
  return `# Admin API

<!-- written by \`npm run docs\` from core/admin/operations.ts; docs/openapi.json says the same to machines, as does \`GET /openapi.json\` -->

On \`CHAOS_ADMIN_HOST\` and \`CHAOS_ADMIN_PORT\`, by default 127.0.0.1:9090. Where a token is set it goes into \`Authorization: Bearer …\`; see [SECURITY.md](../SECURITY.md) for who may what.
${info.description}

| endpoint | who | |
| --- | --- | --- |
${list.join('')}${details.join('')}`
}

function memberLine(name: string, isRequired: boolean, schema: Schema): string {
  const description = schema.description === undefined ? '' : `. ${schema.description}`
  return `- \`${name}\`${isRequired ? ' (needed)' : ''}: ${shape(schema)}${description}\n`
}

function shape({ anyOf, const: only, enum: values, items, maximum, minimum, type }: Schema): string {
  if (anyOf !== undefined) return anyOf.map(shape).join(', or ')
  if (only !== undefined) return `\`${only}\``
  if (values !== undefined) return values.map(value => `\`${value}\``).join(', ')
  if (type === 'array') return `a list, each ${shape(items ?? {})}`
  if (minimum !== undefined && maximum !== undefined)
    return `${type === 'integer' ? 'a whole number' : 'a number'} from ${minimum} to ${maximum}`
  return {
    string: 'text',
    number: 'a number',
    integer: 'a whole number',
    boolean: 'true or false',
    object: 'an object',
  }[type ?? 'string']
}
